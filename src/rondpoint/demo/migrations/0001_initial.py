from django.db import migrations, models

import rondpoint.lib.clock


class Migration(migrations.Migration):
    initial = True
    dependencies = []

    operations = [
        migrations.CreateModel(
            name="PhoneItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("app", models.CharField(max_length=8)),
                ("direction", models.CharField(max_length=4)),
                ("owner", models.CharField(max_length=320)),
                ("peer", models.CharField(max_length=320)),
                ("peer_name", models.CharField(blank=True, max_length=200)),
                ("reply_to", models.CharField(blank=True, max_length=320)),
                ("subject", models.CharField(blank=True, max_length=300)),
                ("text", models.TextField(blank=True)),
                ("external_id", models.CharField(max_length=255)),
                ("references", models.TextField(blank=True)),
                ("at", models.BigIntegerField(default=rondpoint.lib.clock.now)),
                ("report_due", models.BigIntegerField(db_index=True, null=True)),
            ],
            options={"indexes": [models.Index(fields=["owner", "id"], name="phone_item_owner")]},
        ),
    ]
