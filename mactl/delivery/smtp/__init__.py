"""Sessions with an SMTP server (RFC 5321), over TLS wherever anything is secret, pipelined where it can be."""
