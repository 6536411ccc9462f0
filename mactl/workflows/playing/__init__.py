"""A world under a clock of its own, for whoever wants to know what would come."""
