"""From the queue to the wire: gates again, the message, the worker that drains."""
