"""Consent as values: what is entered of it, how entries are chained, and whether a proof holds. No state, no files."""
