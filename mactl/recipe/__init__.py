"""YAML → typed recipes with positions; the schema."""
