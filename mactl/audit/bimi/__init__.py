"""BIMI assertion records, and what DMARC must say for a logo to be shown."""
