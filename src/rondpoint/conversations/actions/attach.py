"""Files that wait for the message they will leave with."""

import re

from rondpoint.conversations.models import Attachment
from rondpoint.files import actions as files
from rondpoint.lib.db import write

_UNWANTED = re.compile(r"[\x00-\x1f\x7f/\\\u202a-\u202e\u2066-\u2069]")


def attach(uploads: list[tuple[str, str, bytes]]) -> list[str]:
    """Keeps (name, content type, content) of each file and returns their tokens. Not inside ``write()``."""
    kept = [(name, kind, files.save(content), len(content)) for name, kind, content in uploads]
    if not kept:
        return []
    with write():
        rows = []
        for name, kind, sha256, size in kept:
            files.register(sha256, size)
            rows.append(Attachment.objects.create(sha256=sha256, name=_bare(name), content_type=kind, size=size))
    return [row.token for row in rows]


def detach(tokens: list[str]) -> None:
    """Forgets the files among these that no message took."""
    if tokens:
        with write():
            Attachment.objects.filter(token__in=tokens, message=None).delete()


def _bare(name: str) -> str:
    """A file name without folders, controls and marks that reverse the reading direction."""
    return _UNWANTED.sub("_", name).strip(". ")[:200] or "file"
