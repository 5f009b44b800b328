"""The settings pages of staff, teams, brands, keys and the audit log."""
