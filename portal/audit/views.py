"""Pages of the log that everybody may read: the newest leaves, and one leaf with its proof."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fastapi.responses import Response

from portal.audit import actions, merkle, publicity, queries
from portal.audit.models import AuditCheckpoint, AuditEvent, AuditLeaf
from portal.kit.errors import NotFound
from portal.kit.i18n import _
from portal.kit.pages import Req
from portal.kit.routes import Doors, public, role
from portal.kit.signing import note

router = Doors()
SIZE = 20


@dataclass(frozen=True)
class Line:
    """A leaf as everybody may see it."""

    leaf: AuditLeaf
    event: AuditEvent
    shown: publicity.Shown | None

    @property
    def kind(self) -> str:
        """What happened of a public event, the noun of some others, else empty; in the reader's language."""
        return publicity.words(self.event.verb) if self.shown else publicity.kind(self.event.verb)


def _lines(req: Req, rows: Sequence[tuple[AuditLeaf, AuditEvent]]) -> list[Line]:
    found = publicity.shown(req.db, [(event.verb, event.object_id) for _leaf, event in rows])
    return [Line(leaf, event, found.get((event.verb, event.object_id))) for leaf, event in rows]


@router.page("/log", guard=public)
def listed(req: Req) -> Response:
    """The newest public events or (``show=all``) leaves, the newest checkpoint, its witnesses, and how to check."""
    asked = req.query.get("before", "")
    before = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 16 else None
    whole = req.query.get("show") == "all"
    if whole:
        rows = queries.newest_leaves(req.db, before, SIZE + 1)
    else:
        rows = queries.newest_of_verbs(req.db, publicity.verbs(), before, SIZE + 1)
    last = rows[SIZE - 1] if len(rows) > SIZE else None
    # What became hidden since stays out of the list of public events; the page is the shorter for it.
    lines = [line for line in _lines(req, rows[:SIZE]) if whole or line.shown]
    newest, key = queries.newest_checkpoint(req.db), queries.key(req.db)
    return req.page(
        "log/list.html",
        lines=lines,
        whole=whole,
        older=req.url_with(before=str(last[0].index if whole else last[1].seq)) if last else None,
        first=req.url_with(before=None) if before is not None else None,
        newest=newest,
        key=actions.log_key(key).text() if key is not None else "",
        witnesses=queries.cosignatures(req.db, newest.size) if newest is not None else [],
    )


@router.page("/admin/log", guard=role("system_admin", "security_admin", "auditor"))
def followed(req: Req) -> Response:
    """Who follows the log: each witness's last cosignature and how far behind it is; alarms; what to do."""
    newest = queries.newest_checkpoint(req.db)
    return req.page(
        "log/followed.html",
        newest=newest,
        size=queries.size(req.db),
        rows=[
            (row, size, at, newest.size - size if newest is not None and size is not None else None)
            for row, size, at in queries.followers(req.db)
        ],
        alarms=queries.latest_alarms(req.db),
    )


def leaf(req: Any) -> tuple[AuditLeaf, AuditEvent]:
    """Anyone; the leaf in the address, if there is one."""
    asked = req.path["index"]
    rows = (
        queries.entries(req.db, int(asked), 1)
        if asked.isascii() and asked.isdigit() and len(asked) < 16
        else []
    )
    if not rows or rows[0][0].index != int(asked):
        raise NotFound(_("There is no such leaf."))
    return rows[0]


@router.page("/log/{index}", guard=leaf)
def one(req: Req) -> Response:
    """One leaf with its inclusion proof; of a public event also what it says."""
    (line,) = _lines(req, [req.subject])
    newest = queries.newest_checkpoint(req.db)
    proof = _proof(req, line.leaf, newest)
    opened = line.shown is not None and line.shown.evidence
    return req.page(
        "log/leaf.html", line=line, newest=newest, proof=proof, opened=opened, text=_leaf_text(line)
    )


@router.page("/log/{index}/proof.json", guard=leaf)
def proof_file(req: Req) -> Response:
    """The proof as a file: leaf hash, path and checkpoint; of a public event the leaf and what opens it."""
    (line,) = _lines(req, [req.subject])
    newest = queries.newest_checkpoint(req.db)
    path = _proof(req, line.leaf, newest)
    if newest is None or path is None:
        raise NotFound(_("No checkpoint covers this size."))
    lines = "".join(row.line for row, _witness in queries.cosignatures(req.db, newest.size))
    made: dict[str, Any] = {
        "index": line.leaf.index,
        "leafHash": base64.b64encode(line.leaf.hash).decode(),
        "hashes": path,
        "checkpoint": note.parse(newest.note + lines).text(),
    }
    if line.shown is not None:
        made["leaf"] = line.leaf.leaf.decode()
        if line.shown.evidence:
            made["detail"] = _opening(req, line)
    answer = req.json(made)
    answer.headers["Content-Disposition"] = f'attachment; filename="log-{line.leaf.index}.json"'
    return answer


def _opening(req: Req, line: Line) -> dict[str, str]:
    return {
        "salt": line.event.detail_salt.hex,
        "objectType": line.event.object_type,
        "objectId": line.event.object_id,
        "evidence": queries.evidence_text(req.db, line.leaf.event_seq),
    }


def _leaf_text(line: Line) -> str:
    return line.leaf.leaf.decode() if line.shown is not None else ""


def _proof(req: Req, row: AuditLeaf, newest: AuditCheckpoint | None) -> list[str] | None:
    """The path in base64; None while no checkpoint covers the leaf."""
    if newest is None or row.index >= newest.size:
        return None
    ranges = merkle.inclusion(row.index, newest.size)
    wanted = merkle.needed(ranges)
    found = queries.nodes(req.db, wanted)
    if len(found) < len(set(wanted)):
        return None
    return [base64.b64encode(step).decode() for step in merkle.proof(ranges, found)]
