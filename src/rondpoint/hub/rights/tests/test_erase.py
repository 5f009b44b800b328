"""Forgetting somebody: nobody sees her, nothing is sent to her, nothing of her is left, and others lose nothing."""

import pytest

from rondpoint.channels.tests.factories import connection  # noqa: F401
