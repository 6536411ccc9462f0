"""Text cells made typed values, and what is wrong with them."""
