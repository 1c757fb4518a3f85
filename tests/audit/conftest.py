from collections.abc import Callable

import pytest
from sqlalchemy import text
from sqlmodel import Session

from portal.audit import actions, watermark
from portal.audit.actions import record
from portal.audit.models import AuditCheckpoint
from portal.kit.actor import SYSTEM
from portal.kit.signing import Ed25519Signer, note
from tests.support.make import Make

Fill = Callable[[int], None]
Sign = Callable[[], AuditCheckpoint]


@pytest.fixture
def fill(db: Session, make: Make) -> Fill:
    """Write events, each in a commit of its own."""
    account = make.account().account

    def write(count: int) -> None:
        for n in range(count):
            record(db, SYSTEM, verb="thing.done", object=account, reason=f"because {n}", n=n)
            db.commit()

    return write


@pytest.fixture
def sign(db: Session) -> Sign:
    """Sign a checkpoint, as the job does."""

    def make_one() -> AuditCheckpoint:
        made = actions.sign_checkpoint(db)
        db.commit()
        assert made is not None
        watermark.raise_to(made.note)
        return made

    return make_one


def tamper(db: Session, *statements: str) -> None:
    """What whoever owns the database can do."""
    db.execute(text("SET LOCAL session_replication_role = replica"))
    for statement in statements:
        db.execute(text(statement))
    db.commit()


class Witness:
    """Somebody with a key of its own who cosigns what it is shown."""

    def __init__(self, name: str = "node-43") -> None:
        self.signer = Ed25519Signer.generate()
        self.name = name
        self.key = note.NoteKey(name, self.signer.verifier, note.COSIGNATURE)

    def cosign(self, text: str, at: int = 1_780_000_000) -> str:
        return text + note.cosign(note.parse(text).body, self.name, self.signer, at).text()


@pytest.fixture
def witness() -> Witness:
    return Witness()
