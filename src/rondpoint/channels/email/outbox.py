"""Mail out without a mail server: each mail a file in the outbox folder, where a demo or a test reads it."""

import contextlib
import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from rondpoint.channels.contract import SendError, SendResult, Sent
from rondpoint.channels.email.compose import Mail

_folder: Path | None = None
_open_file: Callable[[str], bytes] | None = None


def configure(outbox: Path, open_file: Callable[[str], bytes] | None = None) -> None:
    """Called once by the configuration: the outbox folder, and how to read a stored file by its SHA-256."""
    global _folder, _open_file
    _folder, _open_file = outbox, open_file


def stored_file(sha256: str) -> bytes:
    """The content of an attachment. Raises LookupError when no store was configured."""
    if _open_file is None:
        raise LookupError("no file store is configured for attachments")
    return _open_file(sha256)


def write(mail: Mail) -> SendResult:
    """Writes ``<message id>.eml`` whole or not at all; writing it again changes nothing."""
    if _folder is None:
        return SendError("no way out: set smtp_url, or configure the outbox folder")
    name = mail.message_id.partition("@")[0]
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,100}", name) or name.startswith("."):
        return SendError(f"{name!r} is no message id", permanent=True)
    target = _folder / f"{name}.eml"
    partial = _folder / f".{name}.{os.getpid()}.part"
    try:
        _folder.mkdir(parents=True, exist_ok=True)
        with partial.open("wb") as file:
            file.write(f"Return-Path: <{mail.sender}>\r\n".encode() + mail.data)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(target)
    except OSError as error:
        return SendError(f"the outbox cannot be written: {error}")
    return Sent((mail.message_id,))


def forget(sought: Sequence[bytes], folder: Path | None = None) -> int:
    """Removes the mails that name one of these, in small letters, in their head; how many. ``folder``: of mails, else
    the outbox."""
    gone, mails = 0, folder or _folder
    for path in mails.glob("*.eml") if mails is not None else ():
        with contextlib.suppress(FileNotFoundError):
            head = path.read_bytes().partition(b"\r\n\r\n")[0].lower()
            if any(each in head for each in sought):
                path.unlink()
                gone += 1
    return gone
