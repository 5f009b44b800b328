"""Everything that changes who is who. Called inside ``write()``, or opening one themselves."""

from rondpoint.customers.actions.arrive import create_or_find, identify, make_profile
from rondpoint.customers.actions.by_hand import add_address, begin, edit, remove_address
from rondpoint.customers.actions.landing import land, land_many, locked
from rondpoint.customers.actions.linking import attribute, connect, merge, on_change, suggest
from rondpoint.customers.actions.separating import reconsider, separate, unmerge

__all__ = [
    "add_address",
    "attribute",
    "begin",
    "connect",
    "create_or_find",
    "edit",
    "identify",
    "land",
    "land_many",
    "locked",
    "make_profile",
    "merge",
    "on_change",
    "reconsider",
    "remove_address",
    "separate",
    "suggest",
    "unmerge",
]
