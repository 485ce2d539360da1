"""Synthetic clips whose disparity and lens blur are known exactly."""
