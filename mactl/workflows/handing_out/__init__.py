"""Handing out: people in the columns that another system wants, to a file or to a webhook."""
