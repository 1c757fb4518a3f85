"""Lists of assessments as tables to take away: what waits, and what was asked for one's own versions."""

from fastapi.responses import Response

from portal.kit.pages import Req
from portal.kit.routes import Doors, signed_in
from portal.kit.sheets import MOST_ROWS, csv_file, minute
from registry.certification import guards, shown
from registry.certification.queries import certificates as queries
from registry.certification.views.assess import TABS

router = Doors()


@router.page("/certificates/queue.csv", guard=guards.desk)
def queue(req: Req) -> Response:
    """What certifiers have before them, narrowed as the page is."""
    rows = queries.queue(req.db, TABS.get(req.query.get("tab", ""), TABS[""]), size=MOST_ROWS)
    header = (
        "number", "asset", "version", "title", "owner", "state", "asked_level", "profile", "asked", "deadline",
        "in_hand", "demo", "id",
    )  # fmt: skip
    lines = [
        (
            row.number or "", f"{row.namespace}/{row.name}", row.version, row.title, row.owner, row.state.value,
            row.asked_level.value, f"{row.profile}/{row.profile_number}", minute(row.created_at),
            minute(row.deadline_at),
            "mine" if row.assessor_id == req.actor.id else "taken" if row.assessor_id else "",
            "demo" if row.demo else "", row.id,
        )
        for row in rows
    ]  # fmt: skip
    return csv_file("assessments.csv", header, lines)


@router.page("/me/certificates.csv", guard=signed_in)
def mine(req: Req) -> Response:
    """Assessments of versions one publishes, and those one asked for."""
    header = (
        "number", "asset", "version", "title", "state", "standing", "level", "profile", "asked", "granted", "expires",
        "reason", "demo", "id",
    )  # fmt: skip
    lines = []
    for row in queries.mine(req.db, req.actor, size=MOST_ROWS):
        worth = shown.worth(row)
        lines.append(
            (
                row.number or "", f"{row.namespace}/{row.name}", row.version, row.title, row.state.value,
                worth.value if worth else "", row.granted_level or row.asked_level.value,
                f"{row.profile}/{row.profile_number}", minute(row.created_at), minute(row.granted_at),
                minute(row.expires_at),
                shown.reason_words(row.state_reason), "demo" if row.demo else "", row.id,
            )
        )  # fmt: skip
    return csv_file("my-certificates.csv", header, lines)
