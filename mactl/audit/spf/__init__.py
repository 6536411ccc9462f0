"""SPF (RFC 7208): records, their tree, and check_host()."""
