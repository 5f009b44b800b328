"""The companies that buy from the demo's shop, and who writes for them."""

import random

from rondpoint.customers.actions import companies
from rondpoint.customers.types import Evidence
from rondpoint.demo.seed import story
from rondpoint.lib import clock

INDUSTRIES = (
    "hospitality", "books", "hospitality", "architecture", "hospitality", "law", "childcare", "interiors", "crafts",
    "hospitality", "health", "interiors",
)  # fmt: skip
ROLES = {"fr": ("Achats", "Direction", "Accueil"), "en": ("Purchasing", "Management", "Front desk")}
SUGGESTED = 3  # companies whose mailbox nobody has added yet: it is suggested by its domain


def enter(actors: list[story.Actor], seed: int, now: int) -> None:
    """The shop's word on each, with its buyer's mailbox and two colleagues; inside ``write()``."""
    dice = random.Random(seed)
    mailboxes = [actor for actor in actors if actor.customer.company]
    others = [actor for actor in actors if not actor.customer.company and actor.customer.founded == "shop"]
    told = []
    for number, actor in enumerate(mailboxes):
        customer = actor.customer
        traits = {
            "name": customer.name,
            "industry": INDUSTRIES[number % len(INDUSTRIES)],
            "city": customer.city,
            "domain": customer.email.partition("@")[2],
            "employees": dice.randint(2, 60),
        }
        at = actor.first_seen
        people = dice.sample(others, 2) + ([actor] if number >= SUGGESTED else [])
        for each in people:
            key, profile = f"PRO-{1000 + number}", each.main.id
            told.append(companies.Told("shop", key, at, Evidence.PROVIDER, traits, "", profile))
    keys = companies.hear(told, now)
    for number, actor in enumerate(mailboxes[SUGGESTED:], SUGGESTED):
        role = ROLES[actor.customer.language][number % 3]
        company = keys["shop", f"PRO-{1000 + number}"].owner
        companies.add_member(company, actor.main.id, "Inès", role, now=now - clock.DAY)
