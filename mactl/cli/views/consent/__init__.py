"""What is told of consent."""
