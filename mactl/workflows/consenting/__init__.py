"""Consent as commands have it: recorded, shown, checked, verified."""
