"""`mactl cron`: how often a project must be looked after, and what tells cron or systemd so."""
