"""Templates: children that have imported job files once, and of which each run is a fork."""
