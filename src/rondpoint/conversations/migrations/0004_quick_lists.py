"""Lists and their counts in houses with many conversations; and the words of the search index, which come after
migrations (``conversations.search.schema``), to a database made before them."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("conversations", "0003_search")]

    operations = [
        migrations.AlterField(
            model_name="conversation",
            name="merged_into",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="conversations.conversation",
            ),
        ),
        migrations.AddIndex(
            model_name="attachment",
            index=models.Index(fields=["sha256"], name="attachment_content"),
        ),
        migrations.AddIndex(
            model_name="conversation",
            index=models.Index(fields=["-last_message_at", "-id"], name="conversation_recent"),
        ),
        migrations.AddIndex(
            model_name="conversation",
            index=models.Index(
                fields=["state", "merged_into", "assignee", "team", "brand"], name="conversation_counts"
            ),
        ),
        migrations.AddIndex(
            model_name="conversation",
            index=models.Index(
                condition=models.Q(("merged_into__isnull", False)), fields=["merged_into"], name="conversation_merged"
            ),
        ),
    ]
