"""Results: what a run left, as people hold it."""
