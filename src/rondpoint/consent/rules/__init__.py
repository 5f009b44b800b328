"""What consent decides without a database or a clock."""
