"""Launching: Dask with its schedulers, queues and workers, and how a task gets there."""
