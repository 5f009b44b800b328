"""The migrations of ``jobs`` as a later version might have them."""
