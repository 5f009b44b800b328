"""On PostgreSQL each fact notes its transaction, because ids are not commit order there."""

from django.db import migrations

FILL = "ALTER TABLE events_event ALTER COLUMN transaction SET DEFAULT pg_current_xact_id()::text::bigint"
PLAIN = "ALTER TABLE events_event ALTER COLUMN transaction SET DEFAULT 0"


def _on_postgresql(statement):
    def run(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(statement)

    return run


class Migration(migrations.Migration):
    dependencies = [("events", "0001_initial")]

    operations = [migrations.RunPython(_on_postgresql(FILL), _on_postgresql(PLAIN))]
