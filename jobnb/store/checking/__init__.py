"""Checking: what could go wrong with a database, and who stands in its way."""
