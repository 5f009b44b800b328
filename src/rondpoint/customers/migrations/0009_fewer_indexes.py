"""Three indexes that another one contains, or that nobody needs: each costs every profile that is made."""

import django.db.models.deletion
from django.db import migrations, models

# Django gives them these names. It would write both tables anew on SQLite for their sake.
NEEDLESS = ("customers_identifier_profile_id_7efcf6fd", "customers_customer_merged_into_id_2994ddb6")


class Migration(migrations.Migration):
    dependencies = [("customers", "0008_matching_progress")]

    operations = [
        migrations.RemoveIndex(model_name="nearword", name="near_word_word"),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL([f"DROP INDEX IF EXISTS {name}" for name in NEEDLESS], migrations.RunSQL.noop)
            ],
            state_operations=[
                migrations.AlterField(
                    model_name="identifier",
                    name="profile",
                    field=models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="identifiers",
                        to="customers.profile",
                    ),
                ),
                migrations.AlterField(
                    model_name="customer",
                    name="merged_into",
                    field=models.ForeignKey(
                        db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+",
                        to="customers.customer",
                    ),
                ),
            ],
        ),
    ]
