"""What she agreed to, how she wants to be written to and what was decided, in the words of the file she reads."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from rondpoint.consent import queries as consent
from rondpoint.conversations.queries.reasons import explain


def consented(said: Mapping[str, Any], purposes: Mapping[str, str]) -> tuple[str, str]:
    """What was said, and for which purpose."""
    word = consent.reason_name(said.get("action") or said.get("reason", ""))
    purpose = said.get("purpose", "")
    return word, purposes.get(purpose, purpose)


def grounds(said: Mapping[str, Any]) -> dict[str, Any]:
    """On what a word rests: its basis, the text that was shown, until when it holds, and its proof."""
    version = said.get("wording")
    numbered = _("version %(version)s") % {"version": version} if version else ""
    shown = ", ".join(part for part in (numbered, said.get("language", "")) if part)
    text = said.get("wording_text") or ""
    return {
        _("Basis"): _basis(said.get("basis", "")),
        _("Text shown"): f"{text} ({shown})".strip() if shown else text,
        _("Holds until"): (said.get("expires_at") or "")[:10],
        **(said.get("proof") or {}),
    }


def wish(said: Mapping[str, Any], purposes: Mapping[str, str]) -> tuple[str, str]:
    """A preference and its value."""
    name, purpose, value = said["preference"], said["purpose"], said["value"]
    labels = {
        "channel": _("Channel"), "per_week": _("At most per week"), "paused_until": _("No promotions until"),
        "quiet": _("Quiet hours"), "timezone": _("Time zone"), "language": _("Language"),
        "do_not_call": _("No calls"),
    }  # fmt: skip
    label = labels.get(name, name)
    if purpose:
        label += f" · {purposes.get(purpose, purpose)}"
    if name == "channel":
        value = consent.channel_name(value)
    elif name == "paused_until":
        value = _("you say otherwise") if value == "forever" else value[:10]
    elif name == "quiet":
        value = f"{value['from']} – {value['to']}"
    elif name == "do_not_call":
        value = _("Yes") if value else _("No")
    return label, str(value)


def decided(row: Mapping[str, Any]) -> str:
    """A verdict of the gate with its reason."""
    said = {"send": _("sent"), "defer": _("put off"), "refuse": _("not sent")}.get(row["verdict"], row["verdict"])
    if row["verdict"] == "send" and row["state"] in ("cancelled", "failed"):
        said = _("allowed, but it did not leave")
    if not row["reason"]:
        return said
    return _("%(verdict)s: %(reason)s") % {"verdict": said, "reason": _reason(row["reason"], row["step"])}


def _basis(name: str) -> str:
    return {
        "contract": _("contract"), "legitimate_interest": _("legitimate interest"), "consent": _("your consent"),
        "legal_obligation": _("legal obligation"), "implied": _("implied by what you did"),
        "soft_opt_in": _("you bought something like it from us"),
    }.get(name, name)  # fmt: skip


def _reason(name: str, step: str) -> str:
    """A reason as it is said to the person herself."""
    if step in ("consent", "suppression"):
        return consent.reason_name(name)
    if name.startswith("prefers_"):
        return _("wanted by another way: %(channel)s") % {"channel": consent.channel_name(name[len("prefers_") :])}
    said = {
        "person_starts": _("on this channel you write first"),
        "window_closed": _("too much time had passed since your last message"),
        "open_complaint": _("an open complaint comes first"),
        "hold_out": _("you belong to the group that gets no promotions, so that one sees what they do"),
        "capped": _("as many promotions as we allow ourselves"),
        "per_week": _("as many a week as you want"),
        "law_frequency": _("the law of your country allowed no more"),
        "paused": _("you asked for a pause"),
        "do_not_call": _("you want no calls"),
        "quiet_hours": _("quiet hours"),
        "legal_hours": _("the law did not allow it at this hour"),
    }
    return said.get(name) or explain(name, step)
