"""What we promised to customers, and when it falls due."""
