"""Conditions, scoring and stages as columns over the whole table."""
