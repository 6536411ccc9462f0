"""Ways for messages beside e-mail: files that others fetch, and gateways that take JSON."""
