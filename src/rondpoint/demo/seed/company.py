"""Maison Hirondelle: brand, staff, teams and channel accounts."""

import secrets
import socket

from django.contrib.auth.hashers import make_password
from msgspec import Struct

from rondpoint.accounts.models import Brand, Team, User
from rondpoint.channels import actions, connections
from rondpoint.channels.models import Connection
from rondpoint.conversations.models import Conversation
from rondpoint.demo import carrier, flag

PASSWORD = "rondpoint-demo"
MAIL = "bonjour@hirondelle.example.com"
NUMBER = "+33 1 99 00 10 00"
COLOUR = "#1d5b4f"


class Member(Struct, frozen=True):
    """Somebody of the staff."""

    email: str
    name: str
    role: str
    language: str


STAFF = (
    Member("ines@example.com", "Inès Caradec", "supervisor", "fr"),
    Member("samir@example.com", "Samir Benali", "agent", "fr"),
    Member("olivia@example.com", "Olivia Tremblay", "agent", "en"),
    Member("admin@example.com", "Paul Vasseur", "administrator", "fr"),
    Member("reader@example.com", "Hélène Roy", "read_only", "fr"),
)
ANSWERING = STAFF[:3]
TEAMS = {"care": "Commandes", "advice": "Conseil"}
HOURS = {
    **{day: [["09:00", "18:30"]] for day in ("mon", "tue", "wed", "thu", "fri")},
    "sat": [["10:00", "18:00"]],
    "sun": [],
    "closed": [],
}


class House(Struct):
    """What the histories refer to."""

    brand: Brand
    staff: dict[str, User]  # by first name
    teams: dict[str, Team]
    chat: Connection
    sms: Connection
    email: Connection

    def connection(self, channel: str) -> Connection:
        return {"chat": self.chat, "sms": self.sms, "email": self.email}[channel]


def in_use() -> bool:
    """Does this installation belong to somebody already?"""
    return User.objects.exists() or Connection.objects.exists() or Conversation.objects.exists()


def free_port() -> int:
    """A loopback port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def prepare() -> str:
    """The hash of the demo's password, slow on purpose: made before the database is held."""
    return make_password(PASSWORD)


def make(environment, smtp_port: int, password_hash: str) -> House:
    """Brand, staff and connections, inside ``write()``."""
    brand = Brand.objects.order_by("id").first() or Brand(slug="main")
    brand.name, brand.colour, brand.language, brand.country = "Maison Hirondelle", COLOUR, "fr", "FR"
    brand.greeting = {
        "fr": "Bonjour, ici Maison Hirondelle. Que pouvons-nous faire pour vous ?",
        "en": "Hello from Maison Hirondelle. What can we do for you?",
    }
    brand.hours = HOURS
    brand.save()
    users = User.objects.bulk_create(
        [
            User(email=m.email, name=m.name, role=m.role, language=m.language, password=password_hash)
            for m in STAFF
        ]
    )
    staff = {user.name.split()[0]: user for user in users}
    care, advice = Team.objects.bulk_create([Team(name=name) for name in TEAMS.values()])
    care.members.set([staff["Inès"], staff["Samir"]])
    advice.members.set([staff["Inès"], staff["Olivia"]])
    values = _settings(environment, smtp_port)
    return House(
        brand=brand,
        staff=staff,
        teams={"care": care, "advice": advice},
        chat=actions.add_connection(
            "chat",
            "hirondelle.example.com",
            {
                **values["chat"],
                "secret": secrets.token_urlsafe(32),
                "accounts": "brand",
                "greeting_fr": brand.greeting["fr"],
                "greeting_en": brand.greeting["en"],
            },
            brand,
        ),
        sms=actions.add_connection(
            "sms",
            NUMBER,
            {
                "provider": "twilio",
                "number": NUMBER,
                "account_sid": carrier.ACCOUNT,
                "auth_token": secrets.token_hex(16),
                **values["sms"],
            },
            brand,
        ),
        email=actions.add_connection(
            "email",
            MAIL,
            {
                "address": MAIL,
                "sender_name": "Maison Hirondelle",
                "authserv_id": "mx.hirondelle.example.com",
                **values["email"],
            },
            brand,
        ),
    )


def keep_in_step(environment, smtp_port: int) -> None:
    """Tells the connections where the phone is now: ports may differ from one start to the next."""
    wanted = _settings(environment, smtp_port)
    for kind, values in wanted.items():
        row = connections.first(kind, None)
        if row is None:
            continue
        info = connections.info(row)
        if any(info.get(name) != value for name, value in values.items()):
            actions.change_connection(row, row.name, {**row.settings, **values})
    if flag.read().get("smtp_port") != smtp_port:
        flag.write({**flag.read(), "smtp_port": smtp_port})


def _settings(environment, smtp_port: int) -> dict[str, dict[str, str]]:
    return {
        "chat": {"origins": ",".join(dict.fromkeys((environment.url, f"http://127.0.0.1:{environment.port}")))},
        "sms": {"api_base": f"http://127.0.0.1:{environment.port}/demo/phone/twilio"},
        "email": {"smtp_url": f"smtp://127.0.0.1:{smtp_port}"},
    }
