"""Engine: from a submitted run to its end, on Dask; the only room that knows distributed."""
