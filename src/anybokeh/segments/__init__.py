"""Resumable outputs: segments on disk with checksums, and how they join into a clip."""
