"""Purposes, actions, reasons and rules in words, for staff."""

from django.utils.translation import gettext as _

from rondpoint.consent.rules.law import RuleVerdict
from rondpoint.consent.types import BadPurpose


def channel(kind: str) -> str:
    """A channel as people say it."""
    named = {
        "email": _("E-mail"), "sms": _("SMS"), "whatsapp": _("WhatsApp"), "voice": _("Phone call"),
        "print": _("Letter by post"),
    }  # fmt: skip
    return named.get(kind, kind.title())


def purpose_class(name: str) -> str:
    """A class of purposes."""
    return {
        "service": _("service"), "transactional": _("orders and deliveries"), "marketing": _("promotion"),
        "profiling": _("profiling"), "measurement": _("measurement"),
    }[name]  # fmt: skip


def basis(name: str) -> str:
    """A legal basis."""
    return {
        "contract": _("contract"), "legitimate_interest": _("legitimate interest: until she refuses"),
        "consent": _("consent: once she agrees"), "legal_obligation": _("legal obligation"),
    }.get(name, name.replace("_", " "))  # fmt: skip


def reason(name: str) -> str:
    """Why something may or may not be sent."""
    said = {
        "granted": _("agreed"), "confirmed": _("agreed and confirmed"), "contract": _("needed for the contract"),
        "implied": _("agreed by what she did"), "soft_opt_in": _("bought something like it"),
        "legal_obligation": _("the law asks for it"), "legitimate_interest": _("allowed until she refuses"),
        "never_agreed": _("never agreed"), "pending": _("waits for her confirmation"), "expired": _("has ended"),
        "withdrawn": _("withdrew"), "objected": _("objected"), "stop": _("asked to stop"),
        "start": _("may be written to again"), "complaint": _("reported a message as unwanted"),
        "bounce": _("messages do not arrive"), "manual": _("shut by hand"),
        "restricted": _("waits to be forgotten"), "unknown_purpose": _("no such purpose"),
        "inactive_purpose": _("the purpose is out of use"), "unknown_person": _("nobody knows this person"),
    }  # fmt: skip
    return said.get(name, name.replace("_", " "))


def problem(error: BadPurpose) -> str:
    """Why a purpose cannot be kept so, on a screen."""
    said = {
        "key": _(
            "Key: 1 to 32 small letters, digits and _, beginning with a letter, that no other purpose has and the house"
            " does not use itself, as order, receipt or code."
        ),
        "names": _("Name: give one in at least one language, of at most 80 letters."),
        "descriptions": _("What it is: at most 2,000 letters."),
        "wordings": _("The question: at most 2,000 letters."),
        "class": _("Class: choose one of the list."),
        "basis": _("Basis: choose one of the list."),
        "channels": _("Channels: choose from the list."),
        "double_opt_in": _("Double opt-in: the link that confirms goes by e-mail, so tick that channel too."),
    }
    return said[error.field]


def verdict(found: RuleVerdict) -> str:
    """What a rule says, and why."""
    said = {
        "agreed": _("allowed: she agreed"), "implied": _("allowed until it ends: implied by what she did"),
        "soft_opt_in": _("allowed: she bought something like it"), "refused": _("forbidden: she refused"),
        "not_agreed": _("forbidden: she has not agreed"), "not_refused": _("allowed: she has not refused"),
        "customer": _("allowed: she bought something like it here"), "business": _("allowed: for her profession"),
        "contract": _("allowed: it belongs to a contract in progress"),
        "within_hours": _("allowed: it is the time of day for it where she is"),
        "outside_hours": _("forbidden now: it is not the time of day for it where she is"),
        "often_enough": _("allowed: not too often so far"), "too_often": _("forbidden: often enough for now"),
        "to_know": _("to be kept in mind"),
    }  # fmt: skip
    if found.reason == "purchase":
        return _("allowed for %(days)s more days: implied by her purchase") % {"days": found.days}
    if found.reason == "inquiry":
        return _("allowed for %(days)s more days: implied by her inquiry") % {"days": found.days}
    return said[found.reason]
