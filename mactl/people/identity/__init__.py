"""Which rows are one person, and what is known of that person."""
