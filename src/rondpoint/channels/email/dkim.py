"""Signs outgoing mail: DKIM with relaxed/relaxed and rsa-sha256 (RFC 6376, RFC 8301).

``cryptography`` signs some ten times as many mails a second as the pure-Python signers.
"""

import base64
import functools
import hashlib
import re

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

SIGNED = (
    "from",
    "to",
    "subject",
    "date",
    "message-id",
    "reply-to",
    "in-reply-to",
    "references",
    "mime-version",
    "content-type",
    "list-unsubscribe",
    "list-unsubscribe-post",
    "auto-submitted",
)
_HEADER = re.compile(rb"^([!-9;-~]+):((?:[^\r\n]*)(?:\r\n[ \t][^\r\n]*)*)\r\n", re.MULTILINE)


@functools.lru_cache(maxsize=32)
def load_key(pem: str) -> RSAPrivateKey:
    """The private key in a PEM text.

    Raises ValueError with a sentence when it is none of at least 1024 bits.
    """
    try:
        key = load_pem_private_key(pem.strip().replace("\\n", "\n").encode(), None)
    except (ValueError, TypeError) as error:
        raise ValueError("the DKIM key is not an unencrypted private key in PEM form") from error
    if not isinstance(key, RSAPrivateKey) or key.key_size < 1024:
        raise ValueError("the DKIM key has to be an RSA key of at least 1024 bits")
    return key


def sign(data: bytes, domain: str, selector: str, pem: str, at: int) -> bytes:
    """The mail (CRLF line ends) with a DKIM-Signature on top. ``at``: the signature's time in seconds."""
    head, _, body = data.partition(b"\r\n\r\n")
    fields = [(match[1].lower(), match[2]) for match in _HEADER.finditer(head + b"\r\n")]
    # From twice: a second From added on the way breaks the signature (RFC 6376 §8.15).
    names = [name for name in SIGNED if name.encode() in {field for field, _ in fields}]
    names.insert(0, "from")
    listed = ":\r\n  ".join(":".join(names[start : start + 6]) for start in range(0, len(names), 6))
    digest = base64.b64encode(hashlib.sha256(relaxed_body(body)).digest()).decode()
    value = (
        f" v=1; a=rsa-sha256; c=relaxed/relaxed; d={domain};\r\n s={selector}; t={at};"
        f"\r\n h={listed};\r\n bh={digest};\r\n b="
    )
    signed = b"".join(relaxed_header(name, content) for name, content in _chosen(fields, names))
    signed += relaxed_header(b"dkim-signature", value.encode())[:-2]
    signature = base64.b64encode(load_key(pem).sign(signed, PKCS1v15(), SHA256())).decode()
    lines = "\r\n ".join(signature[start : start + 72] for start in range(0, len(signature), 72))
    return b"DKIM-Signature:" + value.encode() + lines.encode() + b"\r\n" + data


def _chosen(fields: list[tuple[bytes, bytes]], names: list[str]) -> list[tuple[bytes, bytes]]:
    """The header instances that ``h=`` names: from the bottom up, absent ones count as nothing (§5.4.2)."""
    left = list(fields)
    chosen = []
    for name in names:
        place = next((n for n in range(len(left) - 1, -1, -1) if left[n][0] == name.encode()), None)
        if place is not None:
            chosen.append(left.pop(place))
    return chosen


def relaxed_header(name: bytes, value: bytes) -> bytes:
    """§3.4.2: lower-case name, unfolded, runs of white space as one space."""
    return name.lower() + b":" + re.sub(rb"[ \t]+", b" ", value.replace(b"\r\n", b"")).strip() + b"\r\n"


def relaxed_body(body: bytes) -> bytes:
    """§3.4.4: no white space at line ends, runs as one space, no empty lines at the end."""
    lines = [re.sub(rb"[ \t]+", b" ", line).rstrip(b" ") for line in body.split(b"\r\n")]
    while lines and not lines[-1]:
        lines.pop()
    return b"".join(line + b"\r\n" for line in lines)
