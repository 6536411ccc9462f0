"""Names of addresses: reverse DNS, confirmed by asking forward again (RFC 1912 2.1)."""
