"""DKIM key records (RFC 6376, 8301, 8463) and the search for selectors."""
