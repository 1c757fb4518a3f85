"""The node's receipts: signed, numbered, each naming the one before, so that none can be left out unseen."""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from cspon_node.durable import write_bytes
from cspon_node.formats import (
    MANIFEST_SUBJECT,
    RECEIPT_TYPE,
    RECEIPTS,
    BadFormat,
    Manifest,
    Receipt,
    Run,
    read_receipt,
    receipt_json,
)
from cspon_node.refusals import Refusal
from cspon_node.version import VERSION
from portal.kit.clock import now
from portal.kit.signing import Signer, Verifier, dsse, public_text

_NAME = re.compile(r"([0-9]{8})\.json")


@dataclass(frozen=True)
class Written:
    """A receipt as it lies on the disk."""

    receipt: Receipt
    subjects: dict[str, str]
    envelope: dict[str, Any]
    digest: str
    """SHA-256 of its payload: what the next one names."""


class Chain:
    """The receipts of one node in ``folder``, one file each."""

    def __init__(self, folder: Path, signer: Signer) -> None:
        self._folder, self._signer = folder, signer

    def add(
        self,
        event: str,
        about: tuple[Manifest, str],
        *,
        sandbox: str = "",
        code: str = "",
        run: Run | None = None,
    ) -> Written:
        """Write the next receipt. Call it while the home is locked."""
        manifest, manifest_sha256 = about
        last = self._last()
        made = Receipt(
            node=self._signer.verifier.key_id,
            number=last.receipt.number + 1 if last else 1,
            previous=last.digest if last else "",
            event=event,
            at=now().isoformat(timespec="seconds").replace("+00:00", "Z"),
            tool=VERSION,
            sandbox=sandbox,
            runtime=manifest.runtime.digest if manifest.runtime else "",
            channel=manifest.channel,
            sequence=manifest.sequence,
            code=code,
            run=run,
        )
        subjects = {manifest.subject.text: manifest.subject.digest, MANIFEST_SUBJECT: manifest_sha256}
        statement = dsse.statement(subjects, RECEIPT_TYPE, receipt_json(made))
        envelope = dsse.sign_statement(statement, self._signer)
        path = self._folder / f"{made.number:08d}.json"
        write_bytes(path, json.dumps(envelope, sort_keys=True).encode())
        return read(envelope, self._signer.verifier)

    def _last(self) -> Written | None:
        numbers = self._numbers()
        return self._read(numbers[-1]) if numbers else None

    def _numbers(self) -> list[int]:
        found = (_NAME.fullmatch(each.name) for each in self._folder.iterdir())
        return sorted(int(match[1]) for match in found if match)

    def _read(self, number: int) -> Written:
        path = self._folder / f"{number:08d}.json"
        try:
            found = read(json.loads(path.read_bytes()), self._signer.verifier)
        except (OSError, ValueError, RecursionError) as error:
            raise Refusal("receipts", why=f"{path.name}: {error}") from error
        if found.receipt.number != number:
            raise Refusal("receipts", why=f"{path.name}: number {found.receipt.number}")
        return found

    def all(self) -> list[Written]:
        """Every receipt, after checking signatures, numbers and that each names the one before."""
        numbers = self._numbers()
        if numbers != list(range(1, len(numbers) + 1)):
            gap = next(n for n, number in enumerate(numbers, start=1) if n != number)
            raise Refusal("receipts", why=f"{gap:08d}.json")
        found = [self._read(number) for number in numbers]
        check_chain(found)
        return found

    def export(self, first: int = 1) -> dict[str, Any]:
        """The receipts from a number on, as the portal takes them."""
        wanted = [each.envelope for each in self.all() if each.receipt.number >= first]
        return {"format": RECEIPTS, "key": public_text(self._signer.verifier), "receipts": wanted}


def read(envelope: object, key: Verifier) -> Written:
    """A receipt that this key has signed; `ValueError` for everything else."""
    if not isinstance(envelope, dict):
        raise BadFormat("a receipt is an envelope")
    said = dsse.read_statement(envelope, [key], predicate_type=RECEIPT_TYPE)
    receipt = read_receipt(dict(said.predicate))
    if receipt.node != key.key_id:
        raise BadFormat("node: another node's receipt")
    digest = hashlib.sha256(dsse.unverified_payload(envelope)).hexdigest()
    return Written(receipt, dict(said.subjects), envelope, digest)


def check_chain(found: Sequence[Written]) -> None:
    """Numbers follow each other and every receipt names the one before."""
    for before, after in pairwise(found):
        if after.receipt.number != before.receipt.number + 1 or after.receipt.previous != before.digest:
            raise Refusal("receipts", why=f"{after.receipt.number:08d}.json")
