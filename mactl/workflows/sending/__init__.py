"""`mactl send`: whether a run may be, what it does, and when the next one may be passed over."""
