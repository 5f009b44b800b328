"""What was said before, so that nobody is asked twice."""
