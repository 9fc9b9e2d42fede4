"""Reading: what is asked about runs, their attempts, their inputs and what they said."""
