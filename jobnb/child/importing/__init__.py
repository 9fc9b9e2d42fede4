"""Importing: job files and classes out of cells; what is in them, or why it cannot be."""
