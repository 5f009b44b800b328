"""Words of companies."""

from typing import Any

from msgspec import Struct

from rondpoint.customers.types import Evidence

API = "api"
"""The source of what is written over the API."""
DOMAINS = "domains"
"""The trait that lists the domains of a company's e-mail addresses."""
SAME_KEY = "same_key"
"""The rule of links between keys of the same text."""

RENEWED = "companies: renewed after a rule"
"""How far companies were brought in step after the rule of a trait was changed."""
RULED = "company."
"""Before the names of companies' traits among the rules."""


class Told(Struct, frozen=True):
    """What a source tells of a company it knows under a key. ``at``: microseconds UTC; ``scope``: within which keys of
    the same text name the same company, empty for the whole house; ``profile_id``: who belongs to it, 0 for nobody."""

    source: str
    key: str
    at: int
    evidence: Evidence
    traits: dict[str, Any] = {}
    scope: str = ""
    profile_id: int = 0


class Ended(ValueError):
    """Somebody does not belong to this company (any more)."""
