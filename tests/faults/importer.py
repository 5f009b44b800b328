"""A worker that only brings files in, with a lease so short that the next one need not wait for it long."""

import os


def main() -> None:
    """Works until it is killed."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rondpoint.config.settings")
    import django

    django.setup()
    from rondpoint.hub.imports import working

    working.LANE_SECONDS, working.AT_ONCE = 1.0, 100
    holder = f"importer:{os.getpid()}"
    while True:
        working.work(holder)


if __name__ == "__main__":
    main()
