"""The list: views, rows, counts."""
