"""Making an installation ready: tables, a first brand, compiled translations are the build's."""

from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from rondpoint.accounts.models import Brand
from rondpoint.consent.suppressing import make_key
from rondpoint.lib import db


def prepare() -> None:
    """Creates or upgrades the tables and the first brand. Safe to run twice at once."""
    with db.exclusive():
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            with db.unguarded():
                call_command("migrate", interactive=False, verbosity=0)
    make_key()
    if not Brand.objects.exists():
        with db.write():
            Brand.objects.get_or_create(slug="main", defaults={"name": "Rondpoint"})
