"""The public log: a checkpoint, a witness, leaves of public and other events."""

from typing import Any

from portal.audit import actions, queries
from portal.kit.actor import SYSTEM
from portal.kit.db import transaction
from portal.kit.signing import Ed25519Signer, note


def add(world: Any) -> None:
    """Sign what there is, and have it cosigned."""
    witness = Ed25519Signer.generate()
    key = note.NoteKey("节点-江苏", witness.verifier, note.COSIGNATURE)
    with transaction() as db:
        actions.add_witness(db, SYSTEM, key=key.text())
    with transaction() as db:
        actions.sign_checkpoint(db)  # nothing where the worker has just done it
    with transaction() as db:
        newest = queries.newest_checkpoint(db)
        assert newest is not None
        line = note.cosign(note.parse(newest.note).body, key.name, witness, 1_780_000_000)
        actions.receive(db, text=newest.note + line.text())
        public = next(
            (leaf.index for leaf, event in queries.entries(db, 0, 2000) if event.verb == "version.scanned"), 0
        )
    world.pages.setdefault("", []).extend(["/log", "/log?show=all", f"/log/{public}", "/log/0"])
    world.pages["system_admin"] += ["/admin/log"]
