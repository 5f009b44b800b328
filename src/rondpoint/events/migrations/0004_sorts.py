"""Which sorts of facts there are of a person, and the newest of each, without reading all of hers."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("events", "0003_catalogue")]

    operations = [
        migrations.AddIndex(
            model_name="event",
            index=models.Index(fields=["profile_id", "type", "channel", "occurred"], name="event_sorts"),
        )
    ]
