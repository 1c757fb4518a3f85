"""What portals say cannot steer the terminal it is shown on."""

import pytest

from portal.client.errors import ClientError, Problem
from portal.client.screen import Screen

STEERING = "\x1b]0;owned\x07\x1b[2J\r\u202e"


def test_nothing_steers_the_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    screen = Screen()
    screen.say(f"said {STEERING}")
    screen.result(None, f"result {STEERING}")
    screen.table("", [("name", False)], [[f"[bold]cell {STEERING}"]])
    ClientError(f"error {STEERING}", f"hint {STEERING}", Problem("", fields={"f": STEERING})).show()
    out, err = capfd.readouterr()
    for mark in ("\x1b", "\x07", "\r", "\u202e"):
        assert mark not in out + err
    assert "said" in err
    assert "[bold]cell" in out
