"""Attempts: one start of a run on a worker, from its claim and its child to the verdict."""
