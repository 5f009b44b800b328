
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import rondpoint.lib.clock
import rondpoint.lib.ids


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0002_people'),
        ('conversations', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='conversation',
            name='priority',
            field=models.SmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='conversation',
            name='snoozed_until',
            field=models.BigIntegerField(null=True),
        ),
        migrations.CreateModel(
            name='CannedAnswer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=rondpoint.lib.ids.uuid7, unique=True)),
                ('shortcut', models.CharField(max_length=40, unique=True)),
                ('title', models.CharField(max_length=120)),
                ('texts', models.JSONField(default=dict)),
                ('used', models.IntegerField(default=0)),
                ('updated', models.BigIntegerField(default=rondpoint.lib.clock.now)),
                ('team', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, to='accounts.team')),
            ],
        ),
        migrations.CreateModel(
            name='Note',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=rondpoint.lib.ids.uuid7, unique=True)),
                ('author_name', models.CharField(blank=True, max_length=200)),
                ('text', models.TextField()),
                ('at', models.BigIntegerField(default=rondpoint.lib.clock.now)),
                ('conversation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notes', to='conversations.conversation')),
                ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Mention',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('seen', models.BigIntegerField(null=True)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='mentions', to=settings.AUTH_USER_MODEL)),
                ('note', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='mentions', to='conversations.note')),
            ],
        ),
        migrations.CreateModel(
            name='SavedView',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=rondpoint.lib.ids.uuid7, unique=True)),
                ('name', models.CharField(max_length=80)),
                ('filters', models.JSONField(default=dict)),
                ('sort', models.CharField(default='newest', max_length=16)),
                ('position', models.SmallIntegerField(default=0)),
                ('created', models.BigIntegerField(default=rondpoint.lib.clock.now)),
                ('owner', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Summary',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('to_message', models.BigIntegerField()),
                ('language', models.CharField(max_length=8)),
                ('method', models.CharField(max_length=16)),
                ('points', models.JSONField(default=list)),
                ('made', models.BigIntegerField(default=rondpoint.lib.clock.now)),
                ('conversation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='summaries', to='conversations.conversation')),
            ],
        ),
        migrations.CreateModel(
            name='Commitment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=rondpoint.lib.ids.uuid7, unique=True)),
                ('profile_id', models.BigIntegerField(db_index=True)),
                ('text', models.CharField(max_length=300)),
                ('due', models.BigIntegerField()),
                ('state', models.CharField(default='open', max_length=16)),
                ('reminded', models.BigIntegerField(null=True)),
                ('settled', models.BigIntegerField(null=True)),
                ('created', models.BigIntegerField(default=rondpoint.lib.clock.now)),
                ('conversation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='commitments', to='conversations.conversation')),
                ('message', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, to='conversations.message')),
                ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['state', 'due'], name='commitment_due')],
            },
        ),
        migrations.CreateModel(
            name='Draft',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(default='answer', max_length=8)),
                ('channel', models.CharField(blank=True, max_length=24)),
                ('subject', models.CharField(blank=True, max_length=300)),
                ('text', models.TextField(blank=True)),
                ('files', models.JSONField(default=list)),
                ('updated', models.BigIntegerField(default=rondpoint.lib.clock.now)),
                ('conversation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='drafts', to='conversations.conversation')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('conversation', 'user', 'kind'), name='draft_once')],
            },
        ),
        migrations.AddIndex(
            model_name='note',
            index=models.Index(fields=['conversation', 'at'], name='note_thread'),
        ),
        migrations.AddIndex(
            model_name='mention',
            index=models.Index(fields=['user', 'seen'], name='mention_unseen'),
        ),
        migrations.AddConstraint(
            model_name='mention',
            constraint=models.UniqueConstraint(fields=('note', 'user'), name='mention_once'),
        ),
        migrations.AddConstraint(
            model_name='summary',
            constraint=models.UniqueConstraint(fields=('conversation', 'to_message', 'language'), name='summary_once'),
        ),
    ]
