"""Lists of promotion as tables to take away: what waits, the sites of one promotion, one's own pilots."""

from fastapi.responses import Response

from portal.kit.pages import Req
from portal.kit.routes import Doors
from portal.kit.sheets import MOST_ROWS, csv_file, minute
from registry.promotion import guards
from registry.promotion.queries import pilots
from registry.promotion.queries import promotions as queries
from registry.promotion.views.public import TABS

router = Doors()


@router.page("/promotions/queue.csv", guard=guards.desk)
def queue(req: Req) -> Response:
    """What waits for the secretariat and the committee, narrowed as the page is."""
    tab = req.query.get("tab", "")
    rows = queries.queue(req.db, TABS.get(tab, TABS[""]), size=MOST_ROWS)
    header = ("asset", "version", "title", "owner", "stage", "since", "deadline", "demo", "id")
    lines = [
        (
            f"{row.namespace}/{row.name}", row.version, row.title, row.owner, row.stage.value, minute(row.stage_at),
            minute(row.deadline_at), "demo" if row.demo else "", row.id,
        )
        for row in rows
    ]  # fmt: skip
    return csv_file("promotion-queue.csv", header, lines)


@router.page("/promotions/{id}/sites.csv", guard=guards.promotion)
def sites(req: Req) -> Response:
    """The sites of a promotion with their states and findings; offers for those who see them."""
    header = ("node", "division", "from", "to", "state", "verdict", "assessed", "reports_sha256", "id")
    lines = [
        (
            site.node, site.division, site.from_on.isoformat(), site.to_on.isoformat(), site.state.value, site.verdict,
            minute(site.assessed_at), site.reports_digest, site.id,
        )
        for site in pilots.of_promotion(req.db, req.actor, req.subject.id)
    ]  # fmt: skip
    return csv_file("sites.csv", header, lines)


@router.page("/me/pilots.csv", guard=guards.operator)
def mine(req: Req) -> Response:
    """The pilot sites of one's own organisations."""
    header = (
        "asset", "version", "title", "node", "division", "from", "to", "state", "verdict", "report_due", "deadline",
        "demo", "promotion", "id",
    )  # fmt: skip
    lines = [
        (
            f"{row.namespace}/{row.name}", row.version, row.title, row.node, row.division, row.from_on.isoformat(),
            row.to_on.isoformat(), row.state.value, row.verdict, minute(row.report_due_at), minute(row.deadline_at),
            "demo" if row.demo else "", row.promotion_id, row.id,
        )
        for row in pilots.mine(req.db, req.actor, size=MOST_ROWS)
    ]  # fmt: skip
    return csv_file("my-pilots.csv", header, lines)
