"""What the tests of the store share; the states themselves are in `tests/conftest.py`."""

URL = "sqlite:///.mactl/state.db"
