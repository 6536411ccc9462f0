"""DMARC aggregate reports: who sends as a domain, and which policy that allows (RFC 9990)."""
