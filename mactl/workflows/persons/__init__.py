"""One person: who is whom, decided, shown and proposed."""
