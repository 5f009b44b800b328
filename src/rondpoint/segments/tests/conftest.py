import msgspec
import pytest


@pytest.fixture(autouse=True)
def lake(tmp_path, settings, children_here):
    """A lake of the test's own."""
    settings.ENVIRONMENT = msgspec.structs.replace(settings.ENVIRONMENT, lake=str(tmp_path / "lake"))
    (tmp_path / "lake").mkdir()  # as the start does
    return tmp_path / "lake"
