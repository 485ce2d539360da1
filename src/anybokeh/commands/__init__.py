"""Subcommands that have a module of their own; each gives one function that adds it to the command line."""
