"""Care: what becomes of runs that were lost, that nobody answers for, or that are tried again."""
