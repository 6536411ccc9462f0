"""DNSSEC: whether a zone is signed, and whether its signatures hold (RFC 4033 to 4035)."""
