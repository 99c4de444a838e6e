"""Alembic's entry: the connection and its transaction are handed in by `journal.opening`."""

from alembic import context

# Alembic runs this page with a `config` in its context; whoever merely imports it (a doctest
# collector does) has none and changes nothing.
if hasattr(context, "config"):
    context.configure(connection=context.config.attributes["connection"], render_as_batch=True)
    context.run_migrations()
