"""Files: what belongs to a place, its snapshot, and where it is unpacked."""
