"""A house with rows in every table: ``python -m tests.operations.building`` makes one in RONDPOINT_HOME.

The demo company with what it does not bring: files, large mails, a copy of a chat on its way, sessions, and a row made
out of thin air in each table that is still empty. Prints what a test wants to know about it, as JSON.
"""

import json
import os
import uuid


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rondpoint.config.settings")
    import django

    django.setup()
    from django.conf import settings

    from rondpoint.accounts import actions as accounts
    from rondpoint.config.setup import prepare
    from rondpoint.demo import seed

    prepare()
    seed.run(settings.ENVIRONMENT)
    said = _files()
    said["key"] = accounts.create_api_key("tests")[1]
    said["session"] = _session()
    _fill()
    print(json.dumps(said))


def _files() -> dict:
    """Contents as each room keeps them; their SHA-256 and the due time of the message that waits."""
    import msgspec
    from django.conf import settings
    from django.db import connection

    from rondpoint.accounts.models import Brand
    from rondpoint.channels.contract import Address, FileOut, MessageOut
    from rondpoint.channels.models import Delivery
    from rondpoint.conversations.models import Attachment, Message
    from rondpoint.files import actions as files
    from rondpoint.files.models import StoredFile
    from rondpoint.jobs.models import Cursor
    from rondpoint.lib import clock
    from rondpoint.lib.db import write
    from rondpoint.sending.models import Dispatch

    # SQLite keeps a NUL and half of a pair, PostgreSQL does not.
    nul, half = ("\0", "\ud83d") if connection.vendor == "sqlite" else ("", "")
    kept = {name: files.save(name.encode() * 3000) for name in ("picture", "large mail", "logo", "copy of a chat")}
    with write():
        for sha256 in kept.values():
            files.register(sha256, 3000)
        StoredFile.objects.filter(sha256=kept["copy of a chat"]).delete()  # held by its message alone
        message = Message.objects.order_by("id").first()
        message.text = f"Zèbre-{nul}-clairière 🦓 \\u0000 it's \"quoted\"\r\n"
        message.save()
        Attachment.objects.create(
            message=message, sha256=kept["picture"], name="zèbre.png", content_type="image/png", size=21000
        )
        Delivery.objects.create(
            connection=Delivery.objects.first().connection,
            external_id="a large one",
            received=clock.now(),
            body_sha256=kept["large mail"],
            meta={"headers": {"x": f"{nul} é {half}"}, "url": "", "method": "POST"},
            state="done",
        )
        Cursor.objects.create(name="a reader", row=1000)
        Brand.objects.update(logo=kept["logo"])
        sent = Dispatch.objects.filter(channel="email").order_by("id").first()
        out = MessageOut(
            id="waits", to=Address("email", "a@example.com"), text="…", files=(FileOut("c.txt", "text/plain", ""),)
        )
        for key, due in (("waits", 0), ("waits for later", clock.now() + clock.DAY)):
            held = msgspec.structs.replace(out.files[0], sha256=kept["copy of a chat"])
            sent.pk, sent.public_id, sent.idempotency_key = None, uuid.uuid4(), key
            sent.state, sent.due, sent.created = "queued", due, clock.now()
            sent.content = msgspec.msgpack.encode(msgspec.structs.replace(out, files=(held,)))
            sent._state.adding = True
            sent.save()
    (settings.RONDPOINT_HOME / "outbox" / "1.2-a.eml").write_bytes(b"Subject: out\r\n\r\nof the house\r\n")
    return {"files": kept}


def _session() -> str:
    from rondpoint.accounts.sessions import SessionStore

    store = SessionStore()
    store["who"] = "somebody"
    store.create()
    return store.session_key


def _fill() -> None:
    from django.apps import apps

    from rondpoint.lib.db import write

    empty = [m for m in apps.get_models(include_auto_created=True) if m._meta.managed and not m._base_manager.exists()]
    while empty:
        model = empty.pop(0)
        values = {}
        for field in model._meta.local_concrete_fields:
            if field.related_model and not field.null and not field.related_model._base_manager.exists():
                empty.append(model)  # after the one it refers to
                break
            if not field.primary_key or not field.get_internal_type().endswith("AutoField"):
                values[field.attname] = _value(field)
        else:
            with write():
                model._base_manager.bulk_create([model(**values)])


# Columns whose words are a choice that the house reads again.
CHOICES = {"customers.rule.rule": "recent"}


def _value(field):
    from django.utils import timezone

    if str(field).lower() in CHOICES:
        return CHOICES[str(field).lower()]
    if field.related_model:
        return field.related_model._base_manager.order_by("pk").values_list("pk", flat=True).first()
    kind = field.get_internal_type()
    made = {
        "UUIDField": uuid.uuid4,
        "BinaryField": lambda: b"\x00\xff bytes",
        "JSONField": lambda: {"a": [1, None, "é\u2028", 1.5, True]},
        "BooleanField": lambda: True,
        "FloatField": lambda: 0.1,
        "DateTimeField": timezone.now,
    }
    if kind in made:
        return made[kind]()
    if kind in ("CharField", "SlugField", "TextField"):
        return "é" * min(field.max_length or 9, 9)
    return 7 if kind == "SmallIntegerField" else 2**31 - 1 if kind == "IntegerField" else 2**62 + 1


if __name__ == "__main__":
    main()
