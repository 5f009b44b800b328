"""What the palette offers: places at once, people and conversations as one types."""

from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from rondpoint.accounts.decorators import require
from rondpoint.accounts.models import User
from rondpoint.conversations.desk.inbox.words import view_names
from rondpoint.conversations.queries import saved
from rondpoint.conversations.search.quick import quick
from rondpoint.ui import navigation

LONGEST = 200
SHOWN = 8


@require_GET
@require("read")
def palette(request: HttpRequest) -> JsonResponse:
    """``items`` of {kind, label, detail, url}: the places she may go to, or with ``q`` what fits it."""
    wanted = request.GET.get("q", "").replace("\x00", "").strip()[:LONGEST]
    return JsonResponse({"items": _found(request.user, wanted) if wanted else _places(request.user)})


def _found(user: User, wanted: str) -> list[dict]:
    return [
        {"kind": row.kind, "label": row.title, "detail": row.subtitle, "url": row.url}
        for row in quick(user, wanted, SHOWN)
    ]


def _places(user: User) -> list[dict]:
    inbox = _("Inbox")
    views = [(f"/inbox?view={key}", name) for key, name in view_names().items()]
    views += [(f"/inbox?view={view.public_id}", view.name) for view in saved.usable(user)]
    places = [{"kind": "view", "label": name, "detail": inbox, "url": url} for url, name in views]
    for section, said in (("main", ""), ("settings", _("Settings"))):
        places += [
            {"kind": "door", "label": door.label(), "detail": said, "url": door.url}
            for door in navigation.doors(section, user.may)
        ]
    return places
