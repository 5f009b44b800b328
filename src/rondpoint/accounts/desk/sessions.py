"""Ending sessions: one's own, and those of others by whoever administers."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from rondpoint.accounts import signed_in
from rondpoint.accounts.decorators import require
from rondpoint.accounts.models import User


@require_POST
@require("read")
def end(request: HttpRequest) -> HttpResponse:
    """Ends the session named by ``session``, or all but this one."""
    signed_in.end(request.user, request.user, request.POST.get("session", ""), request.session.session_key)
    return redirect("me")


@require_POST
@require("administer")
def end_of(request: HttpRequest, number: int) -> HttpResponse:
    """Ends all sessions of somebody else."""
    signed_in.end(request.user, get_object_or_404(User, pk=number), but=request.session.session_key)
    return redirect("person", number)
