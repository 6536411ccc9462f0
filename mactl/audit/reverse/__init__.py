"""Names of addresses: reverse DNS, confirmed by asking forward again."""
