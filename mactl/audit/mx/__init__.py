"""Where a domain takes mail: its MX records and their hosts (RFC 5321 5.1, RFC 7505)."""
