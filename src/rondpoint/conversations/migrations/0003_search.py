"""Nothing of Django's changes: that this migration is there makes the search index, which comes after migrations
(``conversations.search.schema``), come to a database made before it."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("conversations", "0002_desk")]

    operations = []
