"""Writing: how runs are written down, taken, added to and ended, each by who may."""
