"""A local Dandiset: scan, organize, metadata, validate. Knows neither the screen nor the archive."""
