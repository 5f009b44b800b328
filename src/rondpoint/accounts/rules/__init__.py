"""What is decided about staff and brands without a database."""
