"""``cspon-node``: what the operator of a node types."""

import signal
import sys
from collections.abc import Sequence
from itertools import pairwise

from cspon_node.cli.parser import parse
from cspon_node.refusals import USAGE, Refusal, disk
from cspon_node.screen import Screen
from portal.kit.i18n import _, set_locale, speak_by_environment


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; its exit code. A refusal says why and what to do, in words or as JSON."""
    words = list(sys.argv[1:] if argv is None else argv)
    if argv is None:  # a stop by the system ends as tidily as one by Ctrl-C
        signal.signal(signal.SIGTERM, _stop)
    speak_by_environment()
    # Before anything is parsed, because the help is translated too.
    for name, value in pairwise(words):
        if name == "--language" and value in ("zh", "en"):
            set_locale("zh_Hans" if value == "zh" else "en")
    given = parse(words)
    if given is None:
        return USAGE
    screen = Screen(as_json=given.json)
    try:
        code: int = given.run(screen, given)
    except Refusal as refusal:
        return _refused(screen, refusal)
    except OSError as error:
        return _refused(screen, disk(error.filename or "", error))
    except KeyboardInterrupt:
        screen.say(_("Stopped. Nothing is half done; run it again."))
        return 130
    return code


def _stop(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _refused(screen: Screen, refusal: Refusal) -> int:
    said = {
        "verdict": "refused",
        "code": refusal.code,
        "message": refusal.message,
        "advice": refusal.advice,
        "detail": refusal.detail,
    }
    screen.say(_("Refused [%(code)s]: %(message)s", code=refusal.code, message=refusal.message))
    screen.say(refusal.advice)
    if refusal.detail:
        screen.say(_("Technical detail: %(text)s", text=refusal.detail))
    screen.result(said, "")
    return refusal.rule.exit
