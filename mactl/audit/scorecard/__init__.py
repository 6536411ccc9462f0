"""What Gmail, Yahoo and Microsoft ask of those who send in bulk, and how far a domain meets it."""
