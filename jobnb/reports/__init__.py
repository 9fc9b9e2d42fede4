"""Reports: a run as a notebook or a page that can be handed over, and whether one is still true."""
