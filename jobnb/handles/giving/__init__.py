"""Giving: what goes to a run, its inputs and files, on its way there."""
