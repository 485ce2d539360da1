"""Controllable, temporally stable depth-of-field blur for any video."""
