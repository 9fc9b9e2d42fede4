"""Store: the database behind jobnb; the only room that knows SQLAlchemy and Alembic."""
