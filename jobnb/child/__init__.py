"""Children: the processes that run job code, and the parent's side of them."""
