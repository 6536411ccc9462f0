"""`mactl test`: the tests that recipes carry, played in a world of their own."""
