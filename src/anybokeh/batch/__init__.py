"""Many clips from one manifest."""
