"""The frozen table of contacts and of events as they stand at one `now`."""
