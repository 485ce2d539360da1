"""The parts of the demo clip's scene."""
