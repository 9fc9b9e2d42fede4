"""Sources: the places that jobs come from besides the folder."""
