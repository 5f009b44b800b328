"""A home of its own for each process of the tests; loaded with ``-p``, because the settings are read before conftest.

A worker of pytest-xdist inherits the environment of the process that started it, and gets another home all the same:
two workers in one home would remove each other's files.
"""

import os
import tempfile

_folder = tempfile.TemporaryDirectory(prefix="rondpoint-test-")
HOME = _folder.name
os.environ["RONDPOINT_HOME"] = HOME
os.environ.setdefault("RONDPOINT_SECRET", "a secret of the tests, long enough to be one")
os.environ["RONDPOINT_URL"] = "http://127.0.0.1:8000"
os.environ["RONDPOINT_ALLOW_PRIVATE"] = "1"
