"""DKIM: key records, the search for selectors, and signatures verified (RFC 6376, 8301, 8463)."""
