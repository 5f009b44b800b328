"""The preference centre: what we may write to a person for, on which channels, how often and when."""
