"""Importing events: exports of analytics, logs of web servers and mactl's own layout into the archive."""
