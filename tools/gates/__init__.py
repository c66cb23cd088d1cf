"""Fault gates: one module for each family of faults, one judge for all. `catalog.py` is the table of them."""
