"""Filters that several parts use: along the edges of a picture, and over time."""
