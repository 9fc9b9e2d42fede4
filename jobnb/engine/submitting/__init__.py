"""Submitting: the way of a run into the database and on to a launcher, and on which terms."""
