"""Everything that changes companies. Called inside ``write()``, or opening one themselves."""

from rondpoint.customers.companies.by_hand import add_member, begin, create_or_find, dismiss, edit, end_member
from rondpoint.customers.companies.hearing import hear
from rondpoint.customers.companies.keeping import follow_moves, follow_words
from rondpoint.customers.companies.linking import merge, unmerge
from rondpoint.customers.companies.renewing import renew
from rondpoint.customers.companies.types import Ended, Told

__all__ = [
    "Ended",
    "Told",
    "add_member",
    "begin",
    "create_or_find",
    "dismiss",
    "edit",
    "end_member",
    "follow_moves",
    "follow_words",
    "hear",
    "merge",
    "renew",
    "unmerge",
]
