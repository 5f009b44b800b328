"""``POST /chat/v1/files``: a file that waits for the message it will leave with."""

import asyncio
from urllib.parse import quote, unquote

from django.conf import settings
from django.db import close_old_connections
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from rondpoint.channels.contract import ConnectionInfo
from rondpoint.conversations.chat.limits import Brake
from rondpoint.conversations.chat.wire import Problem, brake, once, plain, read
from rondpoint.conversations.models import Attachment, ChatSession
from rondpoint.files import actions as files
from rondpoint.lib.db import write

MAX_FILE = 10_000_000
MAX_FRAME = 64_000  # what multipart/form-data may add around a file
MAX_WAITING = 20  # files of one session that no message took yet
MAGIC = {
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/gif": (b"GIF87a", b"GIF89a"),
    "image/webp": (b"RIFF",),
    "application/pdf": (b"%PDF-",),
}
_uploads = Brake(20, 60)


async def upload(request: Request, session: ChatSession, info: ConnectionInfo, said: None) -> Response:
    """Keeps one file: as ``multipart/form-data`` named ``file``, or as the bare body with ``X-Filename``."""
    brake(_uploads, str(session.id))
    content, name, claimed = await _file(request)
    if len(content) > MAX_FILE:
        raise Problem(413, f"a file has at most {MAX_FILE} bytes")
    if not content:
        raise Problem(422, "file: there is nothing in it", "file")
    name = plain(name.replace("\\", "/").rpartition("/")[2], 120).strip(". ") or "file"
    kept = await asyncio.to_thread(_keep, session, content, name, content_type(content, claimed))
    return JSONResponse(
        {
            "id": kept.token,
            "name": kept.name,
            "type": kept.content_type,
            "size": kept.size,
            "url": f"{settings.RONDPOINT_URL}/files/{kept.token}/{quote(kept.name)}",
        }
    )


def content_type(content: bytes, claimed: str) -> str:
    """The claimed type, unless the first bytes say that it is a lie: then it is only bytes."""
    kind = plain(claimed.partition(";")[0].strip().lower(), 120) or "application/octet-stream"
    starts = MAGIC.get(kind)
    if starts and not content.startswith(starts):
        return "application/octet-stream"
    return kind


async def _file(request: Request) -> tuple[bytes, str, str]:
    claimed = request.headers.get("content-type", "")
    if not claimed.lower().startswith("multipart/form-data"):
        return await read(request, MAX_FILE), unquote(request.headers.get("x-filename", "")), claimed
    # Starlette's parser bounds the fields of a form but not its files, so the whole body is bounded here.
    body = await read(request, MAX_FILE + MAX_FRAME)
    try:
        form = await MultiPartParser(request.headers, once(body), max_files=1, max_fields=10).parse()
    except (MultiPartException, KeyError) as error:
        raise Problem(400, f"the form cannot be read: {error}") from error
    file = form.get("file")
    if not isinstance(file, UploadFile):
        raise Problem(422, "file: a file is needed", "file")
    try:
        return await file.read(), file.filename or "", file.content_type or ""
    finally:
        await form.close()


def _keep(session: ChatSession, content: bytes, name: str, kind: str) -> Attachment:
    close_old_connections()
    if Attachment.objects.filter(session_id=session.id, message=None).count() >= MAX_WAITING:
        raise Problem(429, "too many files wait for a message", retry_after=60)
    sha256 = files.save(content)
    with write():
        files.register(sha256, len(content))
        return Attachment.objects.create(
            sha256=sha256, name=name, content_type=kind, size=len(content), session_id=session.id
        )
