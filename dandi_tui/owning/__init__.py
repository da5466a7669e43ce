"""What owners do with a Dandiset, from the first check to the last answer: the same calls under screens and commands."""
