"""Training: one loop for every network, and for each network its samples and its losses."""
