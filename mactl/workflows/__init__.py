"""What a command does: check, plan, send, audit, …; wires the rooms below."""
