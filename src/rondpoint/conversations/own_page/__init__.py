"""The customer's own page: her history, her promises, and going on from there."""
