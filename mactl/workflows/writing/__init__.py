"""A plan as what is written to the state: its rows, the words of its letters, the actions of its steps."""
