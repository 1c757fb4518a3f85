"""What registers itself with lower layers is known to every process that changes things."""

import subprocess
import sys
from pathlib import Path

from portal.listeners import MODULES
from tests.support.tree import ROOT

NOT_REGISTERING = {
    "portal/reviews/rounds/hooks.py",
    "registry/community/hooks.py",
    "registry/scanning/hooks.py",
}
"""They are what is registered with."""


def test_every_listener_is_named() -> None:
    found = {
        str(path.relative_to(ROOT))
        for package in ("portal", "registry")
        for name in ("hooks.py", "ledger.py")
        for path in (ROOT / package).rglob(name)
        if path.parent.name != "queries"
    }
    named = {f"{Path(*name.split('.'))}.py" for name in MODULES}
    assert found - named - NOT_REGISTERING == set()


def test_a_command_hears_what_the_web_process_hears() -> None:
    """The same kinds, verbs and names are registered by ``portal.listeners`` as by the whole application."""
    program = """
import json, sys, importlib
importlib.import_module(sys.argv[1])
from portal.audit import publicity
from portal.reviews.publicity import parties
from portal.reviews.rounds import hooks, sight, subjects
from registry.assets.changes import DESCRIBED
from registry.certification.changes import CHANGED
from registry.community.hooks import UPHELD
from registry.scanning.hooks import SCANNED
from registry.promotion import changes
print(json.dumps([publicity.verbs(), sorted(parties._parties), len(hooks._entered), len(hooks._recused),
    len(sight._listeners), sorted(CHANGED), sorted(DESCRIBED), sorted(UPHELD), sorted(SCANNED), sorted(changes.MOVED)]))
"""
    said = [
        subprocess.run(
            [sys.executable, "-c", program, module], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout
        for module in ("portal.listeners", "portal.app")
    ]
    assert said[0] == said[1]
