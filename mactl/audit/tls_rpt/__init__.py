"""TLS-RPT: where senders report what went wrong with TLS (RFC 8460)."""
