"""MTA-STS: whether senders must use TLS to bring mail (RFC 8461)."""
