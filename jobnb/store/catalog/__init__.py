"""Catalog: what is kept of jobs, and of the repositories that some of them come from."""
