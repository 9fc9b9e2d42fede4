"""Rendering: pure functions from results, logs and tables to HTML and text."""
