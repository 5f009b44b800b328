"""The gate's reasons in sentences that people understand."""

from collections.abc import Mapping
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from rondpoint.consent import queries as consent
from rondpoint.lib import clock


def explain(reason: str, step: str = "", detail: str = "") -> str:
    """A refusal, or a not yet, in a sentence. ``step``: whose reason it is, where it is known; ``detail``: the rule of
    law, of a refusal by one."""
    if reason == "law":
        return _of_law(detail)
    if step == "consent":
        return _of_consent(reason)
    if reason.startswith("prefers_"):
        chosen = consent.channel_name(reason.removeprefix("prefers_"))
        return _("She wants this by another way: %(channel)s.") % {"channel": chosen}
    sentences = {
        "no_address": _("No address is known for this channel."),
        "no_connection": _("This channel is not connected."),
        "stop": _("She asked not to be written to here."),
        "bounce": _("This address does not exist any more: a message came back."),
        "complaint": _("She reported a message as unwanted."),
        "manual": _("This address was blocked by a colleague."),
        "restricted": _("She waits to be forgotten: nothing is sent to her."),
        "person_starts": _("She has to write first on this channel."),
        "window_closed": _("Too much time has passed since her last message on this channel."),
        "too_long": _("The text is too long for this channel."),
        "gone": _("This person's record is no longer there."),
        "file_without_link": _("A file cannot be sent on this channel."),
        "empty": _("There is nothing to send yet."),
        "inactive": _("This connection is paused."),
        "bad_address": _("This address cannot be written to."),
        "too_many": _("This address has had too many messages in the last hour."),
        "error": _("The gate could not decide, so nothing is sent."),
        "not_asked": _("The gate could not decide, so nothing is sent."),
        "duplicate": _("The same message has been sent already."),
        "not_sent": _("It could not be sent on any channel."),
        "rate": _("Too much is being sent at once; it goes out a little later."),
        "expired": _("It is over: it made sense only until a certain time."),
        "open_complaint": _("A complaint of hers is open: until it is settled she gets no promotions."),
        "hold_out": _("She belongs to the group that gets no promotions, so that one sees what they do."),
        "displaced": _("A more important message took its place."),
        "capped": _("She has as many promotions as the house allows for now."),
        "per_week": _("She has as many a week as she wants."),
        "law_frequency": _("The law of her country allows no more for now."),
        "paused": _("She asked for a pause."),
        "do_not_call": _("She wants no calls."),
        "quiet_hours": _("It is not a time for it where she is: these are quiet hours."),
        "legal_hours": _("The law of where she is does not allow it at this hour."),
        "no_hours": _("No hour of the next two weeks is allowed."),
    }
    return sentences.get(reason, reason.replace("_", " "))


def ground(note: Mapping[str, Any]) -> str:
    """What a promotion rests on, as its decision keeps it: a part of a sentence; empty where it keeps none."""
    until = clock.to_datetime(note["until"]).date() if note.get("until") else None
    if note.get("ground") in ("purchase", "inquiry") and until is not None:
        day = {"day": date_format(until, "DATE_FORMAT")}
        if note["ground"] == "purchase":
            return _("what she bought counts as an agreement until %(day)s") % day
        return _("what she asked counts as an agreement until %(day)s") % day
    grounds = {
        "granted": _("she agreed to it"),
        "confirmed": _("she agreed to it and confirmed it"),
        "implied": _("what she did counts as an agreement, though she did not say it"),
        "soft_opt_in": _("she bought something like it, and may hear of it until she refuses"),
        "contract": _("it belongs to a contract with her"),
        "legal_obligation": _("the law asks for it"),
        "legitimate_interest": _("it is allowed until she refuses"),
        "customer": _("she is a customer, who may hear of similar things until she refuses"),
        "business": _("it is for her profession, and allowed until she refuses"),
    }
    return grounds.get(note.get("ground", ""), "")


def _of_law(rule_id: str) -> str:
    rule = consent.rule_called(rule_id)
    if rule is None:
        return _("The law of where she is wants her agreement, and she gave none.")
    return _("The law of where she is wants her agreement, and she gave none: %(source)s.") % {"source": rule.source}


def _of_consent(reason: str) -> str:
    sentences = {
        "never_agreed": _("She never agreed to this here."),
        "pending": _("She has not confirmed yet that she agrees."),
        "expired": _("Her agreement has ended."),
        "withdrawn": _("She took her agreement back."),
        "objected": _("She objected to it."),
        "stop": _("She asked not to be written to here."),
        "complaint": _("She reported a message as unwanted."),
        "bounce": _("This address does not exist any more: a message came back."),
        "manual": _("This address was blocked by a colleague."),
        "restricted": _("She waits to be forgotten: nothing is sent to her."),
        "unknown_purpose": _("There is no such purpose."),
        "inactive_purpose": _("This purpose is out of use."),
        "unknown_person": _("Nobody knows this person."),
    }
    return sentences.get(reason) or explain(reason)
