"""Opening: where a database is, how it is connected to, and whether its schema fits."""
