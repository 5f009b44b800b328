"""Everything that changes who is who. Called inside ``write()``, or opening one themselves."""

from rondpoint.customers.actions.arrive import create_or_find, identify, make_profile
from rondpoint.customers.actions.attributing import attribute_many
from rondpoint.customers.actions.by_hand import add_address, begin, edit, remove_address
from rondpoint.customers.actions.hearing import hear
from rondpoint.customers.actions.holding import hold
from rondpoint.customers.actions.landing import land, land_many
from rondpoint.customers.actions.linking import attribute, connect, merge, on_change, suggest
from rondpoint.customers.actions.rescoping import meet_by_account, move_accounts
from rondpoint.customers.actions.separating import reconsider, separate, unmerge
from rondpoint.customers.companies import actions as companies
from rondpoint.customers.computed import names as computed_names
from rondpoint.customers.computed import read_by as read_computed
from rondpoint.customers.erasing import part, subject_of
from rondpoint.customers.hearsay import on_words
from rondpoint.customers.naming import note as note_traits
from rondpoint.customers.traits import renew, rule

__all__ = [
    "add_address",
    "attribute",
    "attribute_many",
    "begin",
    "companies",
    "computed_names",
    "connect",
    "create_or_find",
    "edit",
    "hear",
    "hold",
    "identify",
    "land",
    "land_many",
    "make_profile",
    "meet_by_account",
    "merge",
    "move_accounts",
    "note_traits",
    "on_change",
    "on_words",
    "part",
    "read_computed",
    "reconsider",
    "renew",
    "rule",
    "remove_address",
    "separate",
    "subject_of",
    "suggest",
    "unmerge",
]
