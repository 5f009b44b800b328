"""A new column, filled from what is there, and one with another name."""

from django.db import migrations, models


def fill(apps, schema_editor):
    for row in apps.get_model("jobs", "Cursor").objects.all():
        row.note = f"{row.name} has read {row.position}"
        row.save()


class Migration(migrations.Migration):
    dependencies = [("jobs", "0001_initial"), ("accounts", "0001_initial")]

    operations = [
        migrations.RenameField("cursor", "row", "position"),
        migrations.AddField("cursor", "note", models.CharField(max_length=200, default="")),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
