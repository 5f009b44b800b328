"""Customers are found as they are typed: the words of each profile, and an index over them on either engine."""

from django.db import migrations, models

from rondpoint.customers import finding

ON_SQLITE = (
    "CREATE VIRTUAL TABLE customers_findable_index USING fts5("
    "words, content='customers_findable', content_rowid='profile_id', columnsize=0, "
    "tokenize='unicode61 remove_diacritics 0', prefix='1 2 3')",
    "CREATE TRIGGER customers_findable_in AFTER INSERT ON customers_findable BEGIN "
    "INSERT INTO customers_findable_index(rowid, words) VALUES (new.profile_id, new.words); END",
    "CREATE TRIGGER customers_findable_out AFTER DELETE ON customers_findable BEGIN "
    "INSERT INTO customers_findable_index(customers_findable_index, rowid, words) "
    "VALUES ('delete', old.profile_id, old.words); END",
    "CREATE TRIGGER customers_findable_new AFTER UPDATE ON customers_findable BEGIN "
    "INSERT INTO customers_findable_index(customers_findable_index, rowid, words) "
    "VALUES ('delete', old.profile_id, old.words); "
    "INSERT INTO customers_findable_index(rowid, words) VALUES (new.profile_id, new.words); END",
)
ON_POSTGRESQL = (
    "CREATE INDEX customers_findable_words ON customers_findable USING gin (to_tsvector('simple', words))",
)


def make_index(apps, schema_editor):
    statements = {"sqlite": ON_SQLITE, "postgresql": ON_POSTGRESQL}[schema_editor.connection.vendor]
    for statement in statements:
        schema_editor.execute(statement)


def fill(apps, schema_editor):
    finding.fill()


class Migration(migrations.Migration):
    dependencies = [("customers", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Findable",
            fields=[
                ("profile_id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("words", models.TextField()),
            ],
        ),
        migrations.CreateModel(
            name="NearWord",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("form", models.CharField(max_length=40)),
                ("word", models.CharField(max_length=40)),
            ],
            options={
                "indexes": [models.Index(fields=["word"], name="near_word_word")],
                "constraints": [models.UniqueConstraint(fields=("form", "word"), name="near_word_once")],
            },
        ),
        migrations.RunPython(make_index, migrations.RunPython.noop),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
