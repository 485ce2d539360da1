"""Training of the repair network: a pool of crops with their truth, and the losses."""
