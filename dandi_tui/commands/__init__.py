"""The commands without a screen: one module each, over the same calls as the screens."""
