"""The demo company, in a home that the other tests do not see."""

import time

import pytest
from django.conf import settings

from rondpoint.demo import flag, seed


@pytest.fixture
def company(db, monkeypatch, tmp_path):
    """Makes the company; how many seconds that took."""
    monkeypatch.setattr(flag, "path", lambda home=None: tmp_path / flag.NAME)
    began = time.monotonic()
    assert seed.run(settings.ENVIRONMENT)
    return time.monotonic() - began
