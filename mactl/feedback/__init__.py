"""What comes back: bounces, complaints, unsubscribes and replies; the bytes of a mail in, a judged report out."""
