"""DMARC: records, the tree walk, the policies that come of it, and report addresses (RFC 9989, 9990)."""
