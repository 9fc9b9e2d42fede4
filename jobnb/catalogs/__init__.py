"""Catalog: every job known now, described by a child; nothing here imports job code."""
