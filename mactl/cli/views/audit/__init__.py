"""Audits, told to people (`text`, `markdown`, `html`) and to programs (`programs`)."""
