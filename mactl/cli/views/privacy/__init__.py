"""What `mactl privacy` shows."""
