"""Deliveries in their lanes, and those whose bodies are files."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("channels", "0001_initial")]

    operations = [
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("error", ""), ("state__in", ["new", "leased"])),
                fields=["connection", "id"],
                name="delivery_lane",
            ),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("body_sha256", ""), _negated=True), fields=["body_sha256"], name="delivery_file"
            ),
        ),
    ]
