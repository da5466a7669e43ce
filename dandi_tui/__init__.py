"""dandi-tui: the DANDI archive of neurophysiology in a terminal."""

__version__ = "0.1.0"
