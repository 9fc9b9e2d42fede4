"""Records: the catalog as the database knows it, and the edits of it."""
