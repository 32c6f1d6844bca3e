"""What Alembic runs around the migrations; the connection is upgrade.py's, one folder up."""

from alembic import context

from validation_app.database.tables import Table

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Table.metadata,
    # SQLite can: sessions.py begins its transactions itself.
    transactional_ddl=True,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
