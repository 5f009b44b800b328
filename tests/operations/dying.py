"""A process that keeps a lake up and dies, by SIGKILL, at the nth call of the place where the lake is."""

import os
import signal
import sys

import django
from django.conf import settings


def main(address: str, last: int) -> None:
    """Takes all facts in, three at a time, in parts that are made one soon."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rondpoint.config.settings")
    settings.DATABASES["default"]["NAME"] = os.environ["RONDPOINT_TEST_DATABASE"]
    django.setup()
    from rondpoint.events import lake
    from rondpoint.lake import places, store

    store.MANY_PARTS, store.KEPT, lake.PORTION = 2, 0, 3
    calls = 0

    def counted(name):
        call = getattr(places.Bucket, name)

        def dying(place, *given):
            nonlocal calls
            calls += 1
            if calls > last and calls % 2:  # before it happens
                os.kill(os.getpid(), signal.SIGKILL)
            answer = call(place, *given)
            if calls > last:  # after it happened, before anybody knows
                os.kill(os.getpid(), signal.SIGKILL)
            return answer

        setattr(places.Bucket, name, dying)

    for name in ("put", "take", "remove"):
        counted(name)
    lake.keep_up(address)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
