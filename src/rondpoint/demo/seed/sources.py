"""Two systems that tell Rondpoint of people besides the shop: the till in Lyon, and the newsletter's tool, which fell
silent a month ago. Both know customers of the shop, and say some things their own way; the shop's word is newer."""

import random

from rondpoint.accounts.models import Brand
from rondpoint.consent import actions as consent
from rondpoint.consent.types import Entry
from rondpoint.customers.models import Customer, Identifier, Link, Profile
from rondpoint.customers.types import Evidence, LinkKind
from rondpoint.demo.seed import cast, people, plot
from rondpoint.demo.seed.story import Actor
from rondpoint.events.models import Event
from rondpoint.lib import clock, ids
from rondpoint.tracking.models import Source
from rondpoint.tracking.types import SourceKind

TILL, NEWS = "Caisse de Lyon", "Lettre d’information"
AT_TILL, SUBSCRIBED, AGREED = 84, 72, 50
MOVED, OTHERWISE = 0.2, 0.1  # of those whom both know: another town, the name written otherwise
SILENT = 34 * clock.DAY


def enter(brand: Brand, actors: list[Actor], seed: int, now: int) -> None:
    """What both say of some of the shop's customers, and what these did there; inside ``write()``."""
    dice = random.Random(seed)
    known = [each for each in actors if each.customer.known_as is None and not each.customer.twin]
    known = [each for each in known if not each.customer.company]
    by_phone = [each for each in known if each.customer.phone and each.customer.country == "FR"]
    by_mail = [each for each in known if each.customer.email]
    till, news = _source(TILL, brand), _source(NEWS, brand)
    _tell(till, "phone", dice.sample(by_phone, AT_TILL), dice, now - clock.DAY, "shop.visited")
    subscribers = dice.sample(by_mail, SUBSCRIBED)
    _tell(news, "email", subscribers, dice, now - SILENT, "article.read")
    _subscribe(subscribers[:AGREED])


def _source(name: str, brand: Brand) -> Source:
    row = Source.objects.filter(name=name).first()
    key = f"demo_{ids.secret_token(24)}"
    return row or Source.objects.create(kind=SourceKind.SERVER, name=name, brand=brand, write_key=key)


def _tell(source: Source, kind: str, actors: list[Actor], dice: random.Random, last: int, fact: str) -> None:
    """A profile of each, joined by the address that the shop knows too, and a fact of the weeks before ``last``."""
    knows, rows = f"track:{source.id}", []
    for actor in actors:
        at = actor.first_seen - int(dice.uniform(5, 200) * clock.DAY)
        said = {"name": actor.customer.name, "city": actor.customer.city, "country": actor.customer.country}
        if dice.random() < MOVED:
            said["city"] = dice.choice([city for city in people.CITIES[actor.customer.country] if city != said["city"]])
        if dice.random() < OTHERWISE:
            said["name"] = said["name"].partition(" ")[2].upper() or said["name"]
        traits = {name: {"value": value, "at": at} for name, value in said.items()}
        rows.append(
            Profile(source=knows, key=f"user:{actor.account}", customer_id=actor.main.id, traits=traits, created=at)
        )
    Profile.objects.bulk_create(rows)
    pairs = list(zip(actors, rows, strict=True))
    Customer.objects.bulk_create(
        [
            Customer(
                id=row.id, merged_into_id=actor.main.id, name=row.traits["name"]["value"],
                language=actor.customer.language, created=row.created, last_seen=row.created,
            )
            for actor, row in pairs
        ]
    )  # fmt: skip
    address = {"phone": lambda actor: actor.customer.phone, "email": lambda actor: actor.customer.email}[kind]
    Identifier.objects.bulk_create(
        [
            Identifier(
                profile=row, kind=kind, value=address(actor), evidence=Evidence.PROVIDER, natural=False,
                created=row.created,
            )
            for actor, row in pairs
        ]
    )  # fmt: skip
    links = [
        Link(
            left=actor.main, right=row, kind=LinkKind.DETERMINISTIC, rule=f"same_{kind}",
            evidence={
                "kind": kind, "value": address(actor),
                "sides": [cast.side(actor.main, Evidence.PROVIDER), cast.side(row, Evidence.PROVIDER)],
            },
            opened=actor.first_seen,
        )
        for actor, row in pairs
    ]  # fmt: skip
    Event.objects.bulk_create([plot.linked(link) for link in Link.objects.bulk_create(links)])
    Event.objects.bulk_create(
        [
            Event(
                profile_id=row.id, type=fact, source=knows, message_id=f"{fact}:{number}", occurred=at, received=at,
                properties=_properties(fact, actor, dice),
            )
            for number, (actor, row) in enumerate(pairs)
            for at in [last - int(dice.uniform(0, 24) * clock.DAY)]
        ]
    )  # fmt: skip
    source.last_heard = last
    source.save(update_fields=["last_heard"])


def _properties(fact: str, actor: Actor, dice: random.Random) -> dict[str, str]:
    if fact == "shop.visited":
        return {"shop": "Lyon"}
    return {"title": dice.choice(plot.ARTICLES[actor.customer.language])}


def _subscribe(actors: list[Actor]) -> None:
    """They confirmed that they want the newsletter, each at the address the tool has."""
    consent.record(
        [
            Entry(
                actor.main.id, "confirmed", f"demo:newsletter:{actor.number}", actor.first_seen, "newsletter", "email",
                "email", actor.customer.email, "consent", 1, actor.customer.language,
                {"form": NEWS, "page": "/demo/shop"},
            )
            for actor in actors
        ]
    )  # fmt: skip
