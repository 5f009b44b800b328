"""Who sees and uses what, in the reader's language."""

from django.utils.translation import gettext as _

from rondpoint.consent import queries as consent
from rondpoint.events import titles
from rondpoint.hub.silos.types import Seer
from rondpoint.ui import times

MOST = 6  # types of facts, or sources, that are named


def kind(name: str) -> str:
    """What sort of user of the data somebody is."""
    return {
        "role": _("role"), "team": _("team"), "system": _("system that is told"),
        "destination": _("table kept up to date"), "key": _("program with a key"),
    }[name]  # fmt: skip


def name(seer: Seer) -> str:
    """What somebody is called."""
    said = {
        "administrator": _("Administrator"), "supervisor": _("Supervisor"), "agent": _("Agent"),
        "read_only": _("Read only"),
    }  # fmt: skip
    return said.get(seer.name, seer.name) if seer.kind == "role" else seer.name


def sees(seer: Seer) -> str:
    """What somebody may see, or is given."""
    if seer.kind in ("role", "team"):
        return " · ".join(filter(None, (_allowed(seer), _reach(seer), ", ".join(seer.brands))))
    if seer.kind == "key":
        return _("everything that the API offers")
    given = {"customers": _("customers"), "events": _("events"), "consents": _("agreements")}
    what = [given.get(each) or titles.name(each) for each in seer.what] or [_("all events")]
    segment = _("of the segment %(name)s") % {"name": seer.segment} if seer.segment else ""
    table = _("in the table %(name)s") % {"name": seer.table} if seer.table else ""
    return " · ".join(filter(None, (_some(what), segment, table)))


def used(seer: Seer) -> str:
    """What somebody used lately: messages by channel, and how much of what she looked at or took."""
    named = {
        "facts": _("events told"), "rows": _("rows"), "changes": _("changes made"), "chat": _("Chat"),
        "seen": _("conversations looked at"), "customers": _("customers opened"), "segments": _("segments opened"),
        "segments_edited": _("segments changed"), "exports": _("exports taken away"),
        "access": _("access files taken away"),
    }  # fmt: skip
    return " · ".join(
        f"{named.get(each) or consent.channel_name(each)} {times.number(number)}" for each, number in seer.used.items()
    )


def sources(seer: Seer, called: dict[str, str]) -> str:
    """Which sources know the customers that somebody opened, those who know most of them first."""
    return _some([f"{called.get(key, key)} {times.number(number)}" for key, number in seer.sources.items()])


def taken(action: str) -> str:
    """How data was taken out."""
    return {
        "export.asked": _("asked for an export"), "export.fetched": _("took an export away"),
        "customer.exported": _("took out all of one customer"),
        "rights.access.fetched": _("took the file of an access request away"),
    }.get(action, action)  # fmt: skip


def taker(actor: str) -> str:
    """Who took data out."""
    return {"link": _("whoever holds the link to it"), "command line": _("the command line")}.get(actor, actor)


def _allowed(seer: Seer) -> str:
    said = {
        "read": _("customers and conversations"), "reply": _("answers"), "link": _("who is who"),
        "operate": _("segments and raw deliveries"), "administer": _("imports, exports, connections and keys"),
    }  # fmt: skip
    return ", ".join(text for permission, text in said.items() if permission in seer.may)


def _reach(seer: Seer) -> str:
    told = {"n": times.number(seer.conversations)}
    if seer.reach == "all":
        return _("all conversations: %(n)s") % told
    if seer.reach != "hers":
        return ""
    if seer.kind == "role":
        return _("conversations of no team and of one’s own teams")
    return _("conversations of no team and of this one: %(n)s") % told


def _some(texts: list[str]) -> str:
    """The first of them, with how many there are beside."""
    rest = len(texts) - MOST
    return ", ".join(texts[:MOST] + ([_("%(n)s more") % {"n": times.number(rest)}] if rest > 0 else []))
