"""The desk's live line."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_GET

from rondpoint.accounts.decorators import require
from rondpoint.conversations import queries
from rondpoint.conversations.desk import stream
from rondpoint.conversations.queries.permitted import may_see


@require_GET
@require("read")
def ticket(request: HttpRequest) -> HttpResponse:
    """A ticket for the live stream of the list and of one open conversation."""
    topics = ["desk"]
    current = queries.get(request.GET.get("conversation", ""))
    if current is not None and may_see(request.user, current):
        topics.append(f"conversation:{current.id}")
    return JsonResponse({"ticket": stream.ticket(request.user, request.session.session_key, topics)})
