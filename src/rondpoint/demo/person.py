"""The people whom a visitor of the demo may be: the owner of the phone, and who may sign in to the shop."""

import jwt
from django.utils.translation import get_language
from msgspec import Struct

from rondpoint.channels import connections
from rondpoint.lib import clock

TOKEN_SECONDS = 12 * 3600


class Person(Struct, frozen=True):
    """A customer of the shop with an account. ``phone`` in E.164."""

    slug: str
    name: str
    email: str
    phone: str
    language: str
    city: str


AWA = Person("awa", "Awa Diallo", "awa.diallo@example.org", "+33199002001", "fr", "Lyon")
PEOPLE = {
    person.slug: person
    for person in (
        AWA,
        Person("theo", "Théo Marchetti", "theo.marchetti@example.org", "+33199002002", "fr", "Paris"),
        Person("margaret", "Margaret O’Neill", "margaret.oneill@example.org", "+33199002003", "en", "Montréal"),
    )
}


def account_number(person: Person) -> str:
    """The number of her account in the shop."""
    return f"MH-{10_001 + list(PEOPLE).index(person.slug)}"


def site_token(person: Person) -> str:
    """The JWT by which the shop tells the chat who is signed in (HS256 with the chat connection's secret)."""
    row = connections.first("chat", None)
    if row is None:
        return ""
    claims = {
        "sub": account_number(person),
        "name": person.name,
        "email": person.email,
        "phone": person.phone,
        "locale": (get_language() or person.language)[:2],
        "exp": clock.now() // clock.SECOND + TOKEN_SECONDS,
    }
    return jwt.encode(claims, connections.info(row).get("secret"), algorithm="HS256")
