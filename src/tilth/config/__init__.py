"""A project's files: read, merged and validated, all mistakes at once."""
