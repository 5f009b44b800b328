
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='brand',
            name='hours',
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name='brand',
            name='logo',
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AddField(
            model_name='user',
            name='brands',
            field=models.ManyToManyField(blank=True, to='accounts.brand'),
        ),
        migrations.AddField(
            model_name='user',
            name='signature',
            field=models.TextField(blank=True),
        ),
        migrations.AddField(
            model_name='user',
            name='theme',
            field=models.CharField(blank=True, max_length=8),
        ),
    ]
