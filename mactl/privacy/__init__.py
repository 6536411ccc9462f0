"""Privacy: what is held of people and how it is erased, proven to be gone, kept no longer than needed, and told."""
