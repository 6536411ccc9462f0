"""What is told of single contacts."""
