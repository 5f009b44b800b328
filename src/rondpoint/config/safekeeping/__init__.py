"""Backup and restore: one file that holds a whole house, for either engine."""
