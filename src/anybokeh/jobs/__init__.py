"""Long jobs: segments on disk, resuming, batches of clips, and what they report."""
