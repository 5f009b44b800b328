"""Canned answers: written once, called by a shortcut in any conversation."""
