"""How the database came to its tables, a step a file (Alembic)."""
