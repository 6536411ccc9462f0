"""Who must not be written to: the list, what is added to it and taken from it, files that are read and written."""
