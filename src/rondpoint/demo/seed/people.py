"""Invented customers: names, addresses and where they live."""

import random
import unicodedata
from pathlib import Path

from msgspec import Struct

from rondpoint.demo.person import PEOPLE, Person

NAMES = {
    block.split()[0]: [name.replace("_", " ") for name in block.split()[1:]]
    for block in Path(__file__).with_name("names.txt").read_text(encoding="utf-8").split("\n\n")
}
COMPANIES = (
    ("Hôtel des Quais", "fr", "Lyon"), ("Librairie L’Encrier", "fr", "Paris"), ("Café Mistral", "fr", "Marseille"),
    ("Studio Bélanger Architectes", "fr", "Montréal"), ("Brasserie du Sablon", "fr", "Bruxelles"),
    ("Cabinet Roussel & Filles", "fr", "Villeurbanne"), ("Crèche Les Moineaux", "fr", "Grenoble"),
    ("Ashworth Interiors", "en", "London"), ("Atelier Nord", "fr", "Lille"), ("Gîte de la Combe", "fr", "Annecy"),
    ("Clinique Saint-Roch", "fr", "Nantes"), ("Okafor & Sons", "en", "Toronto"),
)  # fmt: skip
CITIES = {
    "FR": ("Lyon", "Paris", "Villeurbanne", "Grenoble", "Nantes", "Rennes", "Annecy", "Dijon", "Lille"),
    "CA": ("Montréal", "Québec", "Laval", "Sherbrooke", "Gatineau"),
    "BE": ("Bruxelles", "Liège", "Namur", "Gand"),
    "GB": ("London", "Leeds", "Edinburgh", "Bristol", "Cardiff"),
}
DOMAINS = ("example.com", "example.org", "example.net")
TOTAL = 300
MERGED, SUGGESTED = 4, 5


class Customer(Struct):
    """One invented customer. ``founded``: by which source we first knew her: shop | email | phone | chat."""

    name: str
    email: str
    phone: str
    language: str
    country: str
    city: str
    founded: str
    chats: bool = False  # also known by a signed-in chat
    company: bool = False
    known_as: Person | None = None  # one of those who may sign in to the demo shop
    twin: str = ""  # merged | suggested: she is somebody else of the list too, and a person saw it or has to


def invent(dice: random.Random) -> list[Customer]:
    """The same people for the same dice; those of the demo shop come first, second records of somebody last."""
    found = [
        Customer(p.name, p.email, p.phone, p.language, _country(p.city), p.city, "shop", known_as=p)
        for p in PEOPLE.values()
    ]
    taken = {customer.email for customer in found}
    for number, (name, language, city) in enumerate(COMPANIES):
        email = f"achats@{_plain(name)}.{DOMAINS[number % 3]}"
        found.append(Customer(name, email, "", language, _country(city), city, "email", company=True))
    while len(found) < TOTAL - SUGGESTED:
        country = dice.choices(("FR", "CA", "BE", "GB"), (62, 16, 8, 14))[0]
        english = country == "GB" or (country == "CA" and dice.random() < 0.3)
        first = dice.choice(NAMES["EN_FIRST" if english else "FR_FIRST"])
        last = dice.choice(NAMES["EN_LAST" if english else {"CA": "QC_LAST", "BE": "BE_LAST"}.get(country, "FR_LAST")])
        email = _email(dice, first, last, taken)
        founded = dice.choices(("shop", "email", "phone", "chat"), (58, 24, 12, 6))[0]
        number = len(found)
        found.append(
            Customer(
                name=f"{first} {last}",
                email=email if founded in ("shop", "email") else "",
                phone=f"+33199003{number:03d}",
                language="en" if english else "fr",
                country=country,
                city=dice.choice(CITIES[country]),
                founded=founded,
                chats=founded == "shop" and dice.random() < 0.35,
            )
        )
    for customer in found:
        if customer.founded in ("email", "chat"):
            customer.phone = ""
    return found + _twins(found)


def _twins(found: list[Customer]) -> list[Customer]:
    """Second records of some: a private number that Inès merged by hand, a second mailbox nobody has looked at."""
    several = [customer for customer in found if customer.founded == "shop" and customer.known_as is None]
    twins = []
    for number, customer in enumerate(several[: MERGED + SUGGESTED]):
        merged = number < MERGED
        twins.append(
            Customer(
                name=customer.name,
                email="" if merged else f"{_plain(customer.name, '.')}.perso{number}@example.net",
                phone=f"+3319900410{number}" if merged else "",
                language=customer.language,
                country=customer.country,
                city=customer.city,
                founded="phone" if merged else "email",
                twin="merged" if merged else "suggested",
            )
        )
    return twins


def _country(city: str) -> str:
    return {"Montréal": "CA", "Toronto": "CA", "Bruxelles": "BE", "London": "GB"}.get(city, "FR")


def _email(dice: random.Random, first: str, last: str, taken: set[str]) -> str:
    shapes = (f"{first}.{last}", f"{first[0]}.{last}", f"{last}.{first}", f"{first}{dice.randint(60, 99)}")
    start = dice.randrange(len(shapes))
    for step in range(40):
        local = _plain(shapes[(start + step) % 4], ".") + (str(step) if step > 3 else "")
        email = f"{local}@{dice.choice(DOMAINS)}"
        if email not in taken:
            taken.add(email)
            return email
    raise AssertionError("the dice gave one name too often")


def _plain(text: str, keep: str = "") -> str:
    bare = unicodedata.normalize("NFKD", text.replace("Ó", "O")).encode("ascii", "ignore").decode().lower()
    return "".join(letter for letter in bare if letter.isalnum() or letter in keep)
