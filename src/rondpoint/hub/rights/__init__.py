"""The rights of those whom the data is about: access, rectification, erasure, objection, and how long data is kept."""
