"""Writing canned answers."""

import re

from django.utils.translation import gettext as _

from rondpoint.accounts.models import Team
from rondpoint.conversations.models import CannedAnswer
from rondpoint.conversations.rules.variables import NAMES, holes
from rondpoint.lib import clock
from rondpoint.lib.db import write

SHORTCUT = re.compile(r"[\w][\w-]{0,39}", re.UNICODE)
TEXT_LIMIT = 20_000


class BadAnswer(ValueError):
    """``field`` says where; the message is for people."""

    def __init__(self, field: str, message: str):
        super().__init__(message)
        self.field = field


def keep(
    answer: CannedAnswer | None,
    shortcut: str,
    title: str,
    texts: dict[str, str],
    team: Team | None = None,
    now: int | None = None,
) -> CannedAnswer:
    """Writes a new answer (``answer`` None) or changes one. Raises BadAnswer, and then nothing was changed."""
    shortcut, title = shortcut.strip().lstrip("/"), title.strip()
    texts = {language: text.strip() for language, text in texts.items() if text.strip()}
    _check(answer, shortcut, title, texts)
    with write():
        answer = answer or CannedAnswer()
        answer.shortcut, answer.title, answer.texts, answer.team = shortcut, title[:120], texts, team
        answer.updated = now or clock.now()
        answer.save()
    return answer


def remove(answer: CannedAnswer) -> None:
    """Nobody can call it any more; what was sent with it stays."""
    with write():
        answer.delete()


def _check(answer: CannedAnswer | None, shortcut: str, title: str, texts: dict[str, str]) -> None:
    if not SHORTCUT.fullmatch(shortcut):
        raise BadAnswer("shortcut", _("A shortcut is one word of letters, digits, - and _, at most 40."))
    others = CannedAnswer.objects.filter(shortcut__iexact=shortcut)
    if answer is not None:
        others = others.exclude(id=answer.id)
    if others.exists():
        raise BadAnswer("shortcut", _("Another answer has this shortcut already."))
    if not title:
        raise BadAnswer("title", _("Give it a title by which colleagues recognise it."))
    if not texts:
        raise BadAnswer("texts", _("Write its text in at least one language."))
    for text in texts.values():
        if len(text) > TEXT_LIMIT:
            raise BadAnswer("texts", _("A text has at most %(n)s characters.") % {"n": TEXT_LIMIT})
        for name in holes(text):
            if name not in NAMES:
                said = _("There is no variable {{ %(name)s }}. There are: %(names)s.")
                raise BadAnswer("texts", said % {"name": name, "names": ", ".join(NAMES)})
