"""Alembic's entry: runs on the connection that it is handed; it never opens one of its own."""

from alembic import context

from nova_like.db.schema import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA, compare_type=True)
with context.begin_transaction():
    context.run_migrations()
