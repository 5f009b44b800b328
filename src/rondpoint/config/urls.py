"""Every address of the desk, room by room."""

import importlib.util

from django.urls import include, path

from rondpoint.config.api import urlpatterns as api
from rondpoint.demo import flag

ROOMS = (
    "rondpoint.ui.urls",
    "rondpoint.accounts.urls",
    "rondpoint.conversations.desk.urls",
    "rondpoint.channels.urls",
    "rondpoint.events.urls",
    "rondpoint.tracking.urls",
    "rondpoint.customers.urls",
    "rondpoint.consent.urls",
    "rondpoint.sending.urls",
    "rondpoint.segments.urls",
    "rondpoint.hub.urls",
    "rondpoint.conversations.urls_continuation",
    "rondpoint.config.first_start.urls",
)
handler500 = "rondpoint.ui.away.broke"
urlpatterns = [
    *api,
    *(path("", include(room)) for room in ROOMS if importlib.util.find_spec(room)),
]
if flag.is_demo():
    urlpatterns.append(path("demo/", include("rondpoint.demo.urls")))
