"""The headings that commands stand under in `mactl --help`."""

START = "To start"
RECIPES = "Recipes"
PEOPLE = "People"
SENDING = "Sending"
DOMAIN = "The domain that sends"
