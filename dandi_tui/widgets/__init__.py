"""What the screens share: lists drawn by line, trees, prompts, the frame."""
