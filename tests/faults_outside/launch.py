"""``python -m tests.faults_outside.launch ARGUMENTS…``: the ``rondpoint`` command with shorter patience.

``RONDPOINT_TEST_PATIENCE`` is a JSON object of ``module:NAME`` and the number to put there, so that a test need not
wait for the minutes an installation does.
"""

import importlib
import json
import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rondpoint.config.settings")
    import django

    django.setup()
    for name, number in json.loads(os.environ["RONDPOINT_TEST_PATIENCE"]).items():
        module, _, constant = name.partition(":")
        loaded = importlib.import_module(module)
        assert hasattr(loaded, constant), name
        setattr(loaded, constant, tuple(number) if isinstance(number, list) else number)
    from rondpoint.config import cli

    cli.main(sys.argv[1:])


if __name__ == "__main__":
    main()
