"""Whether the mail of one sender, made and sent as mactl would, passes SPF, DKIM and DMARC where it arrives."""
