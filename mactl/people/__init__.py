"""Sources → people: CSV reading, hygiene, identity."""
