"""The authoritative servers of a zone, each asked by itself, and where they differ."""
