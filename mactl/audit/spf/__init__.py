"""SPF: records, the tree that they lead to, what it lets send, and check_host() (RFC 7208)."""
