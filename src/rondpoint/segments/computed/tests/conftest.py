from rondpoint.segments.tests.conftest import lake

__all__ = ["lake"]
