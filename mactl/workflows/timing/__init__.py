"""What the passing of time alone can change, and when."""
