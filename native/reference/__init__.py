"""Slow, clear twins of the compiled code: the oracles of its tests, and nothing else."""
