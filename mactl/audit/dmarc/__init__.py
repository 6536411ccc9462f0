"""DMARC records, the tree walk, policies and report addresses (RFC 9989, 9990)."""
