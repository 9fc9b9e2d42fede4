"""Objects as choices: what a source of objects is, and the one for rows of SQLAlchemy models."""
