"""BIMI: which logo stands beside mail of a domain, and whether record, DMARC, drawing and certificate let it."""
