import json
from pathlib import Path

import msgspec
import pytest

from rondpoint.customers import actions
from rondpoint.customers.matching import keeping, weighing
from rondpoint.customers.types import Evidence, IdentifierIn
from rondpoint.lib.db import write


@pytest.fixture(autouse=True)
def fresh():
    """No test sees the weights of another."""
    weighing.forget()
    yield
    weighing.forget()


@pytest.fixture
def lake(tmp_path, settings, children_here):
    """A folder of the test's own for what is too large for memory, and children in this process."""
    settings.ENVIRONMENT = msgspec.structs.replace(settings.ENVIRONMENT, lake=str(tmp_path / "lake"))
    Path(settings.ENVIRONMENT.lake).mkdir()
    return tmp_path / "lake"


@pytest.fixture
def person():
    """Makes a profile of a source: ``person("shop", "1", first_name="Awa", …, email="awa@example.com")``."""

    def make(source, key, evidence=Evidence.PROVIDER, email="", phone="", **traits):
        told = {name: {"value": said, "at": 1} for name, said in traits.items()}
        profile, _ = actions.make_profile(source, key, 1, told)
        held = [IdentifierIn(kind, value, evidence) for kind, value in (("email", email), ("phone", phone)) if value]
        actions.identify(profile.id, held, 1)
        with write():
            keeping.touch([profile.id])  # as the house's follower does
        profile.refresh_from_db()
        return profile

    return make


CATHERINE = {"first_name": "Catherine", "last_name": "Bellavoine", "birth_date": "1980-04-03"}
CATHY = {"first_name": "Cathy", "last_name": "BELLAVOINE", "birth_date": "03/04/1980"}


@pytest.fixture
def two(person):
    """Two profiles that are surely one person, though they share no address."""
    return (
        person("shop", "1", email="cath.b@example.com", **CATHERINE),
        person("crm", "2", phone="+33199001234", **CATHY),
    )


@pytest.fixture
def call():
    """A request to the API: its status and its body."""
    from django.test import Client

    from rondpoint.accounts.actions import create_api_key

    client = Client(headers={"Authorization": f"Bearer {create_api_key('tests')[1]}"})

    def ask(method, path, body=None):
        given = {"data": json.dumps(body), "content_type": "application/json"} if body is not None else {}
        answer = getattr(client, method)(f"/api/v1{path}", **given)
        return answer.status_code, json.loads(answer.content) if answer.content else None

    return ask
