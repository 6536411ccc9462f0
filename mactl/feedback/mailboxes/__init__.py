"""Where mails are read from: files, folders of files, Maildirs, mboxes, and folders of an IMAP server."""
