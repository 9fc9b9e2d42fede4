"""jobnb brings Nautobot's Jobs into the notebook."""
