"""The page that says how a result can be made again, and the packs."""

from fastapi.responses import Response

from portal.kit.pages import Req
from portal.kit.routes import Doors
from portal.settings import get_settings
from registry.reproduction import answering
from registry.reproduction.gathering import gather
from registry.reproduction.guards import (
    Reproducible,
    described_result,
    reproducible,
    reproducible_by_owner,
)

router = Doors()
BASE = "/evaluations/{id}"


@router.page(BASE + "/reproduction", guard=described_result)
def page(req: Req) -> Response:
    """What of this result anybody can make again, with which command, and how far the values may differ."""
    found: Reproducible = req.subject
    gated = [version for version in (found.submission, found.base) if not version.files_open]
    possible = not gated and found.standing.extent is not None
    gathered = gather(req.db, found) if possible else None
    return req.page(
        "reproduction/page.html",
        found=found,
        row=found.row,
        gated=gated,
        pack=gathered.pack if gathered is not None else None,
        offer=answering.offered(gathered) if gathered is not None else None,
        address=f"{get_settings().site_url}/evaluations/{found.row.id}",
        language="en" if req.locale == "en" else "zh",
    )


@router.page(BASE + "/reproduction.zip", guard=reproducible)
def pack(req: Req) -> Response:
    """The pack of what is open."""
    return answering.packed(req, req.subject)


@router.page(BASE + "/reproduction-confidential.zip", guard=reproducible_by_owner)
def confidential_pack(req: Req) -> Response:
    """The pack with hidden labels, for the benchmark's owner."""
    return answering.packed(req, req.subject, labels=True)
