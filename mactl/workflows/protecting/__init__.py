"""What `mactl privacy` does: show, erase, let back in, keep no longer than needed, register, check."""
