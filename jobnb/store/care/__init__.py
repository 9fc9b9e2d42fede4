"""Care: what those ask and do who look after runs that live, wait, were lost or are old."""
