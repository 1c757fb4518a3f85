"""Nodes and their receipts as tables to take away."""

from fastapi.responses import Response

from portal.kit.pages import Req
from portal.kit.routes import Doors
from portal.kit.sheets import MOST_ROWS, csv_file, minute
from registry.rollout import guards
from registry.rollout.models import NodeState
from registry.rollout.queries import nodes as queries
from registry.rollout.queries import receipts

router = Doors()
MOST_RECEIPTS = 10_000


@router.page("/nodes.csv", guard=guards.desk)
def nodes(req: Req) -> Response:
    """Nodes by name, those one may see, narrowed as the page is."""
    asked = req.query.get("state", "")
    state = NodeState(asked) if asked in set(NodeState) else None
    header = (
        "name", "organisation", "division", "state", "reason", "last_heard_of", "deadline", "key_sha256", "demo", "id",
    )  # fmt: skip
    lines = [
        (
            row.name, row.organisation, row.division, row.state.value, row.state_reason, minute(row.seen_at),
            minute(row.deadline_at), row.key_id, "demo" if row.demo else "", row.id,
        )
        for row in queries.listed(req.db, req.actor, state=state, size=MOST_ROWS)
    ]  # fmt: skip
    return csv_file("nodes.csv", header, lines)


@router.page("/nodes/{id}/receipts.csv", guard=guards.node)
def of_node(req: Req) -> Response:
    """The receipts of a node, the last number first, with the digests that chain them."""
    header = (
        "number", "event", "outcome", "at", "asset", "version", "seconds", "peak_memory_bytes", "sandbox", "runtime",
        "sha256", "received", "id",
    )  # fmt: skip
    lines = []
    for row in receipts.of_node(req.db, req.subject.id, size=MOST_RECEIPTS):
        run = row.facts.get("run") or {}
        lines.append(
            (
                row.number, row.event.value, row.outcome, minute(row.at), f"{row.namespace}/{row.name}", row.version,
                run.get("seconds", ""), run.get("peak_memory_bytes", ""), row.facts.get("sandbox", ""),
                row.facts.get("runtime", ""), row.digest, minute(row.received_at), row.id,
            )
        )  # fmt: skip
    return csv_file("receipts.csv", header, lines)
