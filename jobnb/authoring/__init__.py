"""Authoring: what the author of a job writes with; standard library and PyYAML only."""
