"""A customer whose every trace holds one word that nobody else ever writes."""

import base64
import json
import subprocess
import sys
import zlib
from pathlib import Path

import msgspec
from django.apps import apps
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore

from rondpoint.accounts import actions as accounts
from rondpoint.accounts.models import ApiKey, IdempotentAnswer, User
from rondpoint.channels import connections, deliveries, pipeline
from rondpoint.channels.contract import Address, FileOut, MessageOut, Raw
from rondpoint.channels.models import Connection, Delivery
from rondpoint.consent import actions as consent
from rondpoint.consent.models import Confirmation, Preference
from rondpoint.consent.types import Entry
from rondpoint.conversations.models import (
    Attachment,
    Attempt,
    ChatSession,
    Commitment,
    Continuation,
    Draft,
    Message,
    MessageReference,
    Note,
    Summary,
)
from rondpoint.customers import actions as customers
from rondpoint.customers import finding
from rondpoint.customers import queries as known
from rondpoint.customers.models import Customer, Identifier, Likeness, Link, Profile
from rondpoint.customers.types import Evidence, IdentifierIn, LinkKind, Said
from rondpoint.demo.models import PhoneItem
from rondpoint.events import actions as events
from rondpoint.events.models import Event
from rondpoint.events.types import Fact
from rondpoint.files import actions as store
from rondpoint.hub.imports import actions as imports
from rondpoint.hub.imports import working as importing
from rondpoint.hub.models import Endpoint, Export, RefusedRow, Told
from rondpoint.lib import clock
from rondpoint.lib.db import write
from rondpoint.segments.models import KnownTrait, Member, Reach, Segment
from rondpoint.sending.models import Decision, Dispatch, EarlyReceipt, ExternalId
from rondpoint.tracking.models import Batch, Refusal, Source

WORD = "kanarik7q"
EMAIL, PHONE = f"{WORD}@example.com", "+33199007731"
OTHER = "luc.bernard@example.org"
MAIL = (
    "From: {word} <{email}>\r\nTo: bonjour@hirondelle.example.com\r\nCc: luc.bernard@example.org\r\n"
    "Subject: {word} asks\r\nMessage-ID: <{word}.1@example.com>\r\nDate: Thu, 12 Nov 2026 10:00:00 +0000\r\n"
    "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n"
    "Here is {word} and what {word} wants to know.\r\n--b\r\nContent-Type: text/plain; name={word}.txt\r\n"
    "Content-Disposition: attachment; filename={word}.txt\r\n\r\nfile of {word}\r\n--b--\r\n"
)
LARGE = MAIL.replace(".1@", ".2@") + "x" * 70_000


class Canary:
    """Makes her known in each room. ``customer``: she; ``other``: somebody who stays."""

    def __init__(self, brand):
        with write():
            self.mailbox = Connection.objects.create(
                kind="email", name="Mail", brand=brand, settings={"address": "bonjour@hirondelle.example.com"}
            )
            self.chat = Connection.objects.create(kind="chat", name="Chat", brand=brand)
            self.admin = User.objects.create(email="ada@example.com", name="Ada", role="administrator", language="en")
            self.source = Source.objects.create(kind="server", name="Shop", write_key="k1")
        self.other = self._somebody(OTHER, "Luc Bernard")
        self._identify()
        self._mails()
        self._tracked()
        self._said()
        self._conversations()
        self._sent()
        self._segments()
        self._books()
        self._files()

    @property
    def customer(self) -> Customer:
        """The row of her customer."""
        return known.of_profile(self.profile.id)

    def deliver(self, raw: str, received: int, name: str) -> Delivery:
        """A mail as it comes in: stored, not worked off."""
        info = connections.info(self.mailbox.id)
        incoming = deliveries.prepare(info, name, Raw(raw.encode(), method="LMTP", received=received))
        with write():
            deliveries.store([incoming])
        return Delivery.objects.get(external_id=name)

    def _somebody(self, email: str, name: str) -> Profile:
        number, _ = customers.create_or_find(name, [IdentifierIn("email", email, Evidence.SIGNED)], {}, "staff")
        return known.profile(known.profile_ids(number)[0])

    def _identify(self) -> None:
        now = clock.now()
        traits = {"name": f"{WORD} Person", "city": WORD, "odd": {"deep": [WORD]}, WORD: WORD}
        with write():
            said = customers.hear(
                [
                    Said(
                        "import:crm",
                        f"id:{WORD}",
                        now,
                        traits,
                        (
                            IdentifierIn("email", EMAIL, Evidence.PROVIDER),
                            IdentifierIn("phone", PHONE, Evidence.PROVIDER),
                            IdentifierIn("account", WORD, Evidence.PROVIDER, "crm"),
                        ),
                    ),
                    Said(
                        f"track:{self.source.id}",
                        f"user:{WORD}u",
                        now,
                        {"nickname": WORD},
                        (IdentifierIn("email", EMAIL, Evidence.SIGNED),),
                    ),
                ]
            )
            self.profile = said["import:crm", f"id:{WORD}"]
            tracked = said[f"track:{self.source.id}", f"user:{WORD}u"]
            if tracked.owner != self.profile.owner:
                customers.merge(tracked.owner, self.profile.owner, "ada@example.com")
            customers.edit(self.profile.owner, {"shoe size": WORD}, "ada@example.com")
            events.record(
                [
                    Fact(
                        self.profile.id, "Page Viewed", now, "site", f"{WORD}-1", "web", properties={"path": f"/{WORD}"}
                    ),
                    Fact(self.other.id, "Page Viewed", now, "site", "other-1", "web", properties={"path": "/b"}),
                ]
            )
            self.event_id = Event.objects.get(message_id=f"{WORD}-1").id
            customers.companies.hear(
                [
                    customers.companies.Told(
                        source=f"track:{self.source.id}",
                        key="acme",
                        at=now,
                        evidence=Evidence.PROVIDER,
                        traits={"name": "Acme"},
                        scope="",
                        profile_id=self.profile.id,
                    )
                ],
                now,
            )
            Likeness.objects.update_or_create(profile_id=self.profile.id, defaults={"said": WORD})
            Link.objects.create(
                left=self.profile,
                right=self.other,
                kind=LinkKind.DETERMINISTIC,
                rule="same_email",
                evidence={"kind": "email", "value": EMAIL},
                suggested=now,
            )

    def _mails(self) -> None:
        at = clock.now()
        self.deliver(MAIL.format(word=WORD, email=EMAIL), at, f"{WORD}-mail-1")
        self.deliver(LARGE.format(word=WORD, email=EMAIL), at, f"{WORD}-mail-2")
        while pipeline.work():
            pass
        self.deliver("From: nobody\r\nthis cannot be read: " + EMAIL, at, "broken")
        with write():
            Delivery.objects.filter(external_id="broken").update(state="quarantined", error=f"no {EMAIL} here")

    def _tracked(self) -> None:
        body = {
            "batch": [
                {
                    "type": "track",
                    "event": "Viewed",
                    "userId": f"{WORD}u",
                    "messageId": "m1",
                    "properties": {"x": WORD},
                },
                {
                    "type": "track",
                    "event": "Viewed",
                    "userId": "somebody",
                    "messageId": "m2",
                    "properties": {"x": "stays"},
                },
            ]
        }
        with write():
            self.batch = Batch.objects.create(
                source=self.source,
                kind="batch",
                received=clock.now(),
                state="done",
                body=zlib.compress(json.dumps(body).encode()),
                processed=clock.now(),
            )
            Refusal.objects.create(
                source=self.source,
                batch=self.batch.public_id,
                place=3,
                message_id=WORD,
                reason="no type",
                raw=json.dumps({"userId": f"{WORD}u"}),
                received=clock.now(),
            )

    def _said(self) -> None:
        now = clock.now()
        consent.hear(self.profile.id, "email", "email", EMAIL, "stop", f"{WORD}:stop", f"STOP {WORD}", now)
        with write():
            consent.record(
                [Entry(self.profile.id, "withdrawn", f"{WORD}:2", now, "", "sms", "phone", PHONE, proof={"text": WORD})]
            )
            Preference.objects.update_or_create(
                profile_id=self.profile.id, defaults={"said": {WORD: {"value": WORD, "at": now}}}
            )
            Confirmation.objects.create(entry_id=99_991, address_kind="email", address=EMAIL)

    def _conversations(self) -> None:
        with write():
            message = Message.objects.filter(direction="in", address=EMAIL).earliest("id")
            self.conversation = message.conversation
            MessageReference.objects.create(message=message, value=f"<{WORD}@example.com>")
            Note.objects.create(conversation=self.conversation, text=f"{WORD} was kind", author_name="Ada")
            Draft.objects.create(conversation=self.conversation, user=self.admin, text=f"Dear {WORD}", subject=WORD)
            Commitment.objects.create(conversation=self.conversation, profile_id=self.profile.id, text=WORD, due=1)
            Summary.objects.create(
                conversation=self.conversation,
                to_message=message.id,
                language="en",
                method="model",
                points=[{"kind": "said", "text": WORD}],
            )
            session = ChatSession.objects.create(
                connection=self.chat,
                profile_id=self.profile.id,
                token_digest="d" * 64,
                page=f"https://example.com/{WORD}",
            )
            sha256 = store.save(f"uploaded by {WORD}".encode())
            Attachment.objects.create(
                sha256=sha256, name=f"{WORD}.png", content_type="image/png", size=3, session_id=session.id
            )
            Continuation.objects.create(digest="e" * 64, kind="asked", profile_id=0, target=f"email:{EMAIL}", expires=1)
            Attempt.objects.create(scope=f"proof to:email:{EMAIL}")

    def _sent(self) -> None:
        file = store.save(f"sent to {WORD}".encode())
        message = MessageOut(
            id="m1",
            to=Address("email", EMAIL),
            text=f"Dear {WORD}",
            subject=WORD,
            files=(FileOut(sha256=file, name=f"{WORD}.pdf", content_type="application/pdf"),),
        )
        with write():
            common = {
                "connection": self.mailbox,
                "channel": "email",
                "profile_id": self.profile.id,
                "address_kind": "email",
                "address": EMAIL,
                "purpose": "offers",
                "content": msgspec.msgpack.encode(message),
            }
            sent = Dispatch.objects.create(**common, state="sent", idempotency_key=f"{WORD}:1", error=WORD)
            self.queued = Dispatch.objects.create(**common, state="queued", due=2**62, idempotency_key=f"{WORD}:2")
            ExternalId.objects.create(dispatch=sent, connection=self.mailbox, value=f"{WORD}@example.com")
            EarlyReceipt.objects.create(connection=self.mailbox, value=f"{WORD}@example.com", receipt=WORD.encode())
            Decision.objects.create(
                profile_id=self.profile.id,
                dispatch=sent,
                channel="email",
                address_kind="email",
                address=EMAIL,
                purpose="offers",
                verdict="send",
                detail=WORD,
                steps=[{"step": WORD}],
                idempotency_key=f"{WORD}:1",
            )

    def _segments(self) -> None:
        number = self.customer.id
        with write():
            self.segment = Segment.objects.create(
                name="All", definition={"version": 1, "all": [{"trait": "city", "is": "Lyon"}]}, state="live", count=2
            )
            Member.objects.create(segment=self.segment, customer_id=number, since=1)
            Member.objects.create(segment=self.segment, customer_id=self.other.owner, since=1)
            KnownTrait.objects.update_or_create(customer_id=number, name="city", defaults={"text": WORD})
            Reach.objects.get_or_create(customer_id=number, channel="email")

    def _books(self) -> None:
        customer = self.customer
        accounts.audit(
            "ada@example.com", "customer.edited", str(customer.public_id), {"added": EMAIL, "why": f"{WORD} Person"}
        )
        session = SessionStore()
        session["recent searches"] = [f"{WORD} person", "somebody else"]
        with write():
            session.save()
            key = ApiKey.objects.create(name="shop", prefix="rp_1", digest="f" * 64)
            IdempotentAnswer.objects.create(
                api_key=key,
                key="k1",
                request_digest="g" * 64,
                status=201,
                body=json.dumps({"id": str(customer.public_id), "name": WORD}).encode(),
            )
            PhoneItem.objects.create(
                app="mail",
                direction="in",
                owner=EMAIL,
                peer="us@example.com",
                text=WORD,
                external_id=WORD,
                subject=WORD,
            )
        outbox = Path(settings.RONDPOINT_HOME) / "outbox"
        outbox.mkdir(exist_ok=True)
        (outbox / "one.eml").write_bytes(f"To: {EMAIL}\r\n\r\nDear {WORD}".encode())
        (outbox / "two.eml").write_bytes(b"To: luc.bernard@example.org\r\n\r\nDear Luc")

    def _files(self) -> None:
        sheet = f"customer id;e-mail;telephone;city\nC9;{EMAIL};01 99 00 77 31;{WORD}\nC10;b@example.net;x;Lyon\n"
        sha256, size = store.save_stream((sheet.encode(),))
        self.imported = imports.begin(
            "customers", f"{EMAIL}.csv", sha256, size, "ada@example.com", origin="list", then="check"
        )
        importing.whole(self.imported, "test")
        made, size = store.save_stream((f"email\n{EMAIL}\n{WORD}\n".encode(),))
        store.save(f"left behind: {EMAIL} {WORD}".encode())
        with write():
            store.register(made, size)
            RefusedRow.objects.create(imported=self.imported, line=77, reason=f"bad {EMAIL}", cells=[WORD, EMAIL])
            self.export = Export.objects.create(
                what="customers", form="csv", state="done", sha256=made, size=size, expires=2**62
            )
            endpoint = Endpoint.objects.create(name="crm", url="https://example.net", secret="s")
            Told.objects.create(
                endpoint=endpoint,
                event_id=self.event_id,
                type="Page Viewed",
                state="delivered",
                tries=[{"answer": WORD}],
            )


def needles() -> list[bytes]:
    """The word in each form in which a file may hold it."""
    plain = [
        WORD.encode(),
        WORD.upper().encode(),
        WORD.encode("utf-16-le"),
        WORD.encode("utf-16-be"),
        WORD.encode().hex().encode(),
    ]
    shifted = [base64.b64encode(b"x" * shift + WORD.encode())[4 if shift else 0 : -4] for shift in range(3)]
    return [*plain, *shifted, PHONE[1:].encode(), PHONE[-9:].encode()]


LOOK = """
import json, mmap, os, pathlib, sys
home, sought = json.load(sys.stdin)
for path in pathlib.Path(home).rglob("*"):
    if path.is_file() and not path.is_symlink() and os.path.getsize(path):
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as raw:
            for each in sought:
                if raw.find(bytes.fromhex(each)) >= 0:
                    print(path.name, bytes.fromhex(each))
"""


def found_in_files() -> list[str]:
    """The files of the home that hold her. Another process looks: who opens and closes SQLite's files beside SQLite
    drops the locks of its own process on them, and the next one to open the database cuts its memory off."""
    asked = json.dumps([str(settings.RONDPOINT_HOME), [each.hex() for each in needles()]])
    done = subprocess.run([sys.executable, "-c", LOOK], input=asked, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def found_in_tables() -> list[str]:
    """The cells of all tables that hold her, on either engine; packed ones unpacked."""
    hits = []
    for model in apps.get_models(include_auto_created=True):
        for row in model._base_manager.values().iterator(chunk_size=2000):
            for name, value in row.items():
                text = _text(value)
                if WORD in text or PHONE[-9:] in text:
                    hits.append(f"{model._meta.label}.{name}: {text[:80]}")
    return hits


def _text(value) -> str:
    if isinstance(value, bytes | memoryview):
        raw = bytes(value)
        try:
            raw = zlib.decompress(raw)
        except zlib.error:
            pass
        return raw.decode("utf-8", "replace").lower()
    return json.dumps(value, ensure_ascii=False, default=str).lower()


__all__ = ["EMAIL", "OTHER", "PHONE", "WORD", "Canary", "Identifier", "finding", "found_in_files", "found_in_tables"]
