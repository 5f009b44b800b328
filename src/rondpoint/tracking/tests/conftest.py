"""Sources, and what they tell."""

import itertools
import json

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from rondpoint.lib import clock
from rondpoint.lib.db import write
from rondpoint.tracking import actions, intake, routes, sources, working


class Site:
    """A source whose calls are stored and worked off at once."""

    def __init__(self, source):
        self.source = source
        self.info = sources.info(source)
        self._number = itertools.count()

    def tell(self, *calls, at=None, **more) -> None:
        """Hands in one batch and works it off."""
        named = [{"messageId": f"m{next(self._number)}", **call} for call in calls]
        row = intake.batch(self.info, "batch", json.dumps({"batch": named, **more}).encode(), at or clock.now())
        with write():
            intake.store([row])
        while working.work("test"):
            pass


@pytest.fixture
def site(brand):
    return Site(actions.add("website", "Shop", brand))


@pytest.fixture
def server(brand):
    return Site(actions.add("server", "Back office", brand))


@pytest.fixture
def web(transactional_db, monkeypatch):
    """The tracking API, with a website's source."""
    from rondpoint.accounts.models import Brand

    monkeypatch.setattr(routes, "_keys", sources.Keys())
    routes.open_()
    with write():
        brand = Brand.objects.create(slug="hirondelle", name="Maison Hirondelle")
    served = routes.routes(lambda brand, origin: f"chat-of-{brand}" if "shop" in origin else "")
    with TestClient(Starlette(routes=served)) as client:
        client.source = actions.add("website", "Shop", brand)
        yield client
    routes.close()
