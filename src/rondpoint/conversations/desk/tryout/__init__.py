"""Trying the gate on a person."""
