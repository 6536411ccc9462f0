"""Graph (steps → nodes), engine (who stands where, who is due), gates."""
