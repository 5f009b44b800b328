"""What mail providers tell by webhook about mail sent through them: Postmark and Brevo. Not proven live.

Fields as published: Postmark "Bounce, Delivery and Spam complaint webhooks", Brevo "Transactional
webhooks". Opened mails and followed links are read by ``seen``.
"""

import hashlib
import json
from typing import Any

from rondpoint.channels.contract import Address, ConnectionInfo, Consent, DispatchState, Ignored, Parsed, Raw, Receipt
from rondpoint.channels.email import seen
from rondpoint.channels.email.identity import account
from rondpoint.lib.addresses import BadAddress, normalise_email

# event → (state, is the address dead); complaints are apart
_POSTMARK_BOUNCES = {"HardBounce": True, "BadEmailAddress": True, "ManuallyDeactivated": True}
_BREVO: dict[str, tuple[DispatchState, bool]] = {
    "delivered": ("delivered", False),
    "hard_bounce": ("failed", True),
    "invalid_email": ("failed", True),
    "blocked": ("failed", False),
    "error": ("failed", False),
}
_COMPLAINTS = frozenset({"SpamComplaint", "spam", "complaint"})
_WAITING = frozenset({"Transient", "soft_bounce", "deferred", "DnsError"})


def is_tracking(raw: Raw) -> bool:
    """Did a provider send this as JSON, rather than a mail server as a mail?"""
    return raw.headers.get("content-type", "").partition(";")[0].strip().lower() == "application/json"


def parse_tracking(raw: Raw, connection: ConnectionInfo) -> list[Parsed]:
    """One event, or a list of them. Raises ValueError on what is neither."""
    found = json.loads(raw.body)
    events = found if isinstance(found, list) else [found]
    if not all(isinstance(event, dict) for event in events):
        raise ValueError("a provider's event is a JSON object")
    key = hashlib.sha256(raw.body).hexdigest()
    return [
        _event(event, f"{key}:{number}", raw.received, connection)
        for number, event in enumerate(events[:1000])
    ]


def _event(event: dict[str, Any], event_id: str, at: int, connection: ConnectionInfo) -> Parsed:
    looked_at = seen.read(event, at)
    if looked_at is not None:
        return looked_at
    postmark = "RecordType" in event
    name = str(event.get("RecordType") if postmark else event.get("event"))
    external_id = str(event.get("MessageID") if postmark else event.get("message-id") or "").strip("<>")
    written = event.get("Email") or event.get("Recipient") or event.get("email") or ""
    detail = str(event.get("Description") or event.get("reason") or "")[:300]
    try:
        address = normalise_email(str(written))
    except BadAddress:
        address = ""
    if name in _COMPLAINTS and address:
        return Consent(event_id, at, Address("email", address), "complaint", name, account(connection))
    kind = str(event.get("Type") or "") if name == "Bounce" else name
    if not external_id or kind in _WAITING:
        return Ignored(f"the provider's event {kind[:40]!r} changes nothing")
    if name == "Bounce":
        permanent = _POSTMARK_BOUNCES.get(kind, False)
        return Receipt(event_id, at, external_id, "failed", f"{kind}: {detail}", permanent, address)
    if name == "Delivery":
        return Receipt(event_id, at, external_id, "delivered", address=address)
    if name in _BREVO:
        state, permanent = _BREVO[name]
        error = "" if state == "delivered" else f"{name}: {detail}"
        return Receipt(event_id, at, external_id, state, error, permanent, address)
    return Ignored(f"the provider's event {name[:40]!r} changes nothing")
