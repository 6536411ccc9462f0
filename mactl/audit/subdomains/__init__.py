"""Names below a domain that mail could be forged under."""
