"""Bringing files: what would be done, doing it, and telling how far it is."""
