"""A received message: what receivers make of its signatures, its sender and its way out."""
