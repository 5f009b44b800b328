"""Account numbers that sources of another brand than the first told are that brand's own."""

from django.db import migrations


def move(apps, _schema):
    brands = apps.get_model("accounts", "Brand").objects.order_by("id")
    identifiers = apps.get_model("customers", "Identifier").objects.filter(kind="account", scope="")
    first = brands.first()
    for source in apps.get_model("tracking", "Source").objects.exclude(brand=None):
        if first is not None and source.brand_id != first.id:
            identifiers.filter(profile__source=f"track:{source.id}").update(scope=f"brand:{source.brand_id}")


class Migration(migrations.Migration):
    dependencies = [
        ("tracking", "0002_refusals_kept"),
        ("accounts", "0001_initial"),
        ("customers", "0001_initial"),
    ]

    operations = [migrations.RunPython(move, migrations.RunPython.noop)]
