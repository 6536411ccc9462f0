"""Out: the sender that drains the queue, and the ways a message may take."""
