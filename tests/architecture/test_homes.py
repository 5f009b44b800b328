"""No two processes of the tests share a home, and none has the one a person plays with."""

import os
import subprocess
import sys
from pathlib import Path

from django.conf import settings
from tests.home import HOME


def test_the_settings_have_the_home_of_this_process():
    assert str(settings.RONDPOINT_HOME) == os.environ["RONDPOINT_HOME"] == HOME
    assert Path(HOME).name.startswith("rondpoint-test-")


def test_a_process_that_inherits_a_home_gets_another():
    said = "import os, tests.home; print(os.environ['RONDPOINT_HOME'])"
    other = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True).stdout.strip()
    assert other != HOME and not Path(other).exists()
