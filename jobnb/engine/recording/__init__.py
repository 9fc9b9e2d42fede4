"""Recording: what a child says becomes entries; hidden, limited, in order and in batches."""
