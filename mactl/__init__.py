"""Marketing automation as code: cookbooks of recipes, planned, tested, sent and never twice."""

__version__ = "0.1.0"
