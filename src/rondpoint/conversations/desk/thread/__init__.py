"""One conversation: its messages and the composer."""
