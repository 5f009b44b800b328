"""The gate's reasons in sentences that people understand."""

from django.utils.translation import gettext as _

from rondpoint.consent import queries as consent


def explain(reason: str, step: str = "") -> str:
    """A refusal, or a not yet, in a sentence. ``step``: whose reason it is, where it is known."""
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
        "unknown_purpose": _("There is no such purpose."),
        "inactive_purpose": _("This purpose is out of use."),
        "unknown_person": _("Nobody knows this person."),
    }
    return sentences.get(reason) or explain(reason)
