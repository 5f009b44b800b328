"""How the properties are tried: fixed and few in `make test`, new and many in `make prove`."""

import os

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from rondpoint.lib import text
from tests.hostile.parsing import texts

EXAMPLES = int(os.environ.get("RONDPOINT_EXAMPLES", "60"))
PROPERTY = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=EXAMPLES <= 100,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
NOW = 1_710_234_720_000_000
readable = st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]))
anything = st.text(alphabet=st.characters(exclude_categories=[]))  # lone surrogates too


def storable(value: object) -> bool:
    """Would every database hold each text in it?"""
    return all("\0" not in found and text.storable(found) == found for found in texts(value))
