from django.db import migrations

LOOK_AT_SIGNS = ("engagement", "best_channel", "best_hour")


def find_anew(apps, schema_editor):
    """What was opened and followed in our own messages counts from now on: these traits are compiled and found anew."""
    traits = apps.get_model("segments", "ComputedTrait").objects
    traits.filter(state="live", archived=None, definition__kind__in=LOOK_AT_SIGNS).update(state="building")


class Migration(migrations.Migration):
    dependencies = [
        ("segments", "0002_computed"),
    ]

    operations = [migrations.RunPython(find_anew, migrations.RunPython.noop)]
