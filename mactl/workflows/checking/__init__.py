"""`mactl check`: findings on recipes and project, kept while nothing changes, mended where there is one way."""
