"""Grants that were only implied say so in what holds."""

from django.db import migrations

IMPLIED = ("implied", "soft_opt_in")


def say_so(apps, schema_editor):
    Agreed, ConsentEntry = apps.get_model("consent", "Agreed"), apps.get_model("consent", "ConsentEntry")
    for basis in IMPLIED:
        words = ConsentEntry.objects.filter(basis=basis, action__in=("granted", "confirmed"))
        Agreed.objects.filter(allowed=True, entry_id__in=words.values("id")).update(reason=basis)


class Migration(migrations.Migration):
    dependencies = [("consent", "0003_ledger")]
    operations = [migrations.RunPython(say_so, migrations.RunPython.noop)]
