"""Files of contacts and events, in whatever shape they come, made sheets of text cells."""
