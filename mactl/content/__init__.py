"""Templates → messages: what is written to people, from a recipe's text to the bytes that go out."""
