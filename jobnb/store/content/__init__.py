"""Content: what is stored once and shared, of sources, input files and environments."""
