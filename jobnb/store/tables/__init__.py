"""Tables: what they look like, and words that statements about any of them need."""
