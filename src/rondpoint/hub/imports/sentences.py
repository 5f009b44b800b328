"""Why rows, files and tables are refused, in the language of whoever reads it.

Reasons are written down in English while nobody looks. Here stands what they are made of; a reason that is none of
these is shown as it is.
"""

import re

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

SENTENCES = (
    _("nothing says who this is; expected an id, an e-mail address or a phone number"),
    _("%(value)s identifies nobody"),
    _("at most %(number)s characters"),
    _("at most %(number)s in one cell"),
    _("%(value)s is not an e-mail address: it has no @"),
    _("%(value)s is not an e-mail address: its domain cannot exist"),
    _("%(value)s is not an e-mail address; expected name@example.com"),
    _("%(value)s is not a phone number; expected +33 1 99 00 12 34"),
    _("%(value)s is not a possible phone number; expected +33 1 99 00 12 34"),
    _("the row has %(cells)s cells, the header %(number)s"),
    _("%(value)s is no number"),
    _("%(value)s is no number that can be kept"),
    _("%(value)s is neither yes nor no"),
    _("%(value)s is no time; expected 2026-03-04T14:05:00Z or 04/03/2026 14:05"),
    _("a time is missing; expected 2026-03-04T14:05:00Z or 04/03/2026 14:05"),
    _("%(value)s lies too far away"),
    _("a cell has at most %(number)s letters"),
    _("%(value)s is not JSON"),
    _("expected a JSON object"),
    _("expected 1 to %(number)s characters, such as Store Visited"),
    _("%(value)s is a fact that Rondpoint tells itself; choose another name"),
    _("an order has a number of 1 to %(number)s characters"),
    _("%(value)s is none of %(choices)s"),
    _("%(value)s is no ISO 4217 code such as EUR"),
    _("there is no purpose %(value)s; there are %(choices)s"),
    _("%(value)s lies in the future"),
    _("a grant has a proof: fill text, page, form, url, ip or wording"),
    _("%(value)s is no version; expected its number, such as 2"),
    _("nobody knows an address of hers for %(channel)s; add a column with it"),
    _("a grant is for one purpose"),
    _("%(purpose)s goes by %(channels)s"),
    _("%(purpose)s is no message: it has neither channel nor address"),
    _("an end lies behind the beginning"),
    _("the message is empty"),
    _("%(value)s is neither in nor out"),
    _("there is nothing in this file"),
    _("this is no file of rows; save it as CSV or .xlsx and bring that"),
    _("row 1 names no column; it has to be a header, such as email;first_name;last_name"),
    _("there is a header but no row below it"),
    _("row %(row)s does not end: a quotation mark is opened and never closed"),
    _("row %(row)s has more than %(number)s bytes; is this a file of rows?"),
    _("this Excel file cannot be read: %(reason)s"),
    _("its file is not there any more; bring it again"),
    _("no column is %(fields)s; say which one is"),
    _("two columns are %(value)s; choose one of them"),
    _("this import is at work, or over"),
    _("the columns can be chosen no more"),
    _("%(value)s: expected letters, digits, - and _, such as crm"),
    _("expected the name of a table or one SELECT"),
    _("a statement is read without backslashes and dollar signs; make a view of it instead"),
    _("a statement for MySQL is read without #; make a view of it instead"),
    _("only one statement is read; take away what stands behind the ;"),
    _("a quotation mark or a comment does not end"),
    _("a parenthesis is closed that was never opened"),
    _("a parenthesis is not closed"),
    _("this is no address of a database; expected postgresql:// or mysql://user:password@host/database"),
    _("the address names no host; expected postgresql:// or mysql://user:password@host/database"),
    _("there is no driver for %(name)s here; known are %(choices)s"),
    _("the address names %(value)s; known are %(choices)s"),
    _("the name %(host)s is not known"),
    _("%(host)s is not an address on the public internet"),
    _("expected sslmode=require or verify-full: the rows are about people"),
    _("a file of this machine is used only where RONDPOINT_ALLOW_PRIVATE is 1"),
    _("there is no such file"),
    _("this file belongs to Rondpoint itself"),
    _("there is no column %(value)s; there are %(choices)s"),
    _("expected %(least)s to %(most)s days"),
    _("there are no rows to look at"),
    _("it could not be read to its end within %(number)s seconds"),
    _("it could not be written to its end within %(number)s seconds"),
    _("it did not answer within %(number)s seconds"),
    _("there is no schema %(value)s"),
    _("there is no table %(value)s"),
    _("there is no row with this number, or more than one"),
    _("%(value)s is no whole number"),
    _("only a table of customers whose numbers are mapped can be written"),
    _("%(value)s is a view; choose the name of a table"),
    _("there is a table %(value)s already that was not made here; choose another name"),
    _("its segment is being built; it is written once that has its members"),
    _("expected the name of a table, such as customers or crm.customers"),
    _("%(value)s: expected a country's two letters, such as FR"),
    _("this is not one customer as Rondpoint writes her: expected JSON whose format is %(format)s"),
    _("the file breaks off or was changed at line %(line)s, letter %(letter)s; have it made anew"),
    _("%(value)s is not read here, %(format)s is; bring both houses to one version"),
    _("%(place)s is not as %(format)s has it (%(reason)s); have it made anew"),
    _("one customer has at most %(number)s MB"),
    _("expected a JSON object of texts"),
    _("%(value)s is a fact that each house tells itself; %(number)s are left out"),
    _("%(names)s are worked out by each house itself"),
    _("%(value)s means nothing in another house; %(number)s are left out"),
    _("no word of hers shut %(value)s (%(reason)s); write her refusal down here if that still holds"),
    _("%(number)s wishes hold in their own house; ask her anew"),
    _("left out"),
)


def _pattern(sentence: str) -> re.Pattern[str]:
    pieces = re.split(r"%\((\w+)\)s", sentence)
    parts = (f"(?P<{piece}>.+?)" if place % 2 else re.escape(piece) for place, piece in enumerate(pieces))
    return re.compile("".join(parts))


_PATTERNS = tuple((sentence, _pattern(sentence)) for sentence in SENTENCES)


def said(reason: str) -> str:
    """A reason in the reader's language. The name of a field may stand before it."""
    field, colon, rest = reason.partition(": ")
    for before, text in (("", reason), (f"{field}{colon}", rest)):
        for sentence, pattern in _PATTERNS:
            found = pattern.fullmatch(text)
            if found is not None:
                return before + gettext(sentence) % found.groupdict()
    return reason
