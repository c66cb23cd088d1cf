"""Faults put into daemons of a trial cloud by tools/trial/hooked.py. Each module has `install(state, name)`."""
