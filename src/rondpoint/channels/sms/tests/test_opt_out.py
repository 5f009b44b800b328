"""Only a whole body of one word stops or starts."""

import pytest

from rondpoint.channels.sms import opt_out


@pytest.mark.parametrize(
    "text",
    [
        "STOP",
        " stop ",
        "Stop.",
        "stop !",
        "STOP ALL",
        "arrêt",
        "ARRE\u0302T",
        "Arret",
        "opt out",
        "END",
        "«Stop»",
    ],
)
def test_stop(text: str) -> None:
    assert opt_out.read(text) == "stop"


@pytest.mark.parametrize("text", ["START", "unstop", "Start!"])
def test_start(text: str) -> None:
    assert opt_out.read(text) == "start"


@pytest.mark.parametrize(
    "text", ["", "STOP … non pardon", "please stop", "YES", "ok stop", "stopp", "STOP " * 50, "!"]
)
def test_others_are_messages(text: str) -> None:
    assert opt_out.read(text) == ""
