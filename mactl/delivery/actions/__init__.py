"""What is told to colleagues and other systems: notices by e-mail, rows in files, calls of webhooks."""
