"""Everything that changes who is who. Called inside ``write()``, or opening one themselves."""

from rondpoint.customers.actions.arrive import create_or_find, identify, land, make_profile
from rondpoint.customers.actions.linking import attribute, connect, dismiss, merge, on_change, suggest
from rondpoint.customers.actions.separating import unmerge

__all__ = [
    "attribute",
    "connect",
    "create_or_find",
    "dismiss",
    "identify",
    "land",
    "make_profile",
    "merge",
    "on_change",
    "suggest",
    "unmerge",
]
