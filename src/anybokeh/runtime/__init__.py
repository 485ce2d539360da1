"""What every part needs of the machine it runs on: threads, devices, limits, signals, files, caches, logs."""
