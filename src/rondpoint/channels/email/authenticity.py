"""How surely the sender holds the address in From (RFC 8601, RFC 7489).

Only our own mail server's word counts: the ``Authentication-Results`` header that carries the connection's
``authserv_id``, the topmost of them, since servers put theirs on top and have to remove forged ones below.
"""

import re
from email.message import Message

from rondpoint.channels.contract import ConnectionInfo, Evidence
from rondpoint.channels.email.headers import mailboxes, raw_headers

_PASS = re.compile(r"\s*dmarc\s*=\s*pass(?=\s|$)(.*)", re.IGNORECASE | re.DOTALL)
_DOMAIN = re.compile(r"\bheader\.from\s*=\s*\"?([^\s\";]+)", re.IGNORECASE)


def evidence(message: Message, connection: ConnectionInfo) -> Evidence:
    """``provider`` when our server says DMARC passed for the one domain in From, else ``claimed``."""
    trusted = connection.get("authserv_id").strip().lower()
    writers = mailboxes(message, "From")
    if not trusted or len(writers) != 1 or len(raw_headers(message, "From")) != 1:
        return "claimed"
    domain = writers[0].address.rpartition("@")[2]
    for value in raw_headers(message, "Authentication-Results"):
        identity, *results = _without_comments(value).split(";")
        words = identity.lower().split()
        if words and words[0] == trusted:
            return "provider" if any(_passes(result, domain) for result in results) else "claimed"
    return "claimed"


def _passes(result: str, domain: str) -> bool:
    match = _PASS.match(result)
    if not match:
        return False
    found = _DOMAIN.search(match[1])
    return found is not None and found[1].rpartition("@")[2].lower() == domain


def _without_comments(value: str) -> str:
    """The header without ``(comments)``, in one pass: what stands in them must not look like a result."""
    out: list[str] = []
    depth = 0
    quoted = False
    for character in value:
        if character == '"' and not depth:
            quoted = not quoted
        if character == "(" and not quoted:
            depth += 1
        elif character == ")" and depth:
            depth -= 1
        elif not depth:
            out.append("," if quoted and character == ";" else character)
    return "".join(out)
