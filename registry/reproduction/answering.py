"""Answers of packs, shared by pages and the API."""

import hashlib
from dataclasses import dataclass

from fastapi.responses import Response, StreamingResponse

from portal.kit.pages import Context
from registry.reproduction.gathering import Gathered, gather
from registry.reproduction.guards import Reproducible
from registry.reproduction.pack import FILES, PACK
from registry.versions.serving import SANDBOX, disposition, zip_blocks
from registry.versions.transfers import count


@dataclass(frozen=True)
class Offer:
    """What a page says of a pack before it is fetched."""

    digest: str
    """SHA-256 of ``pack.json``, which names the digest of everything else."""
    size: int
    files: int


def offered(gathered: Gathered) -> Offer:
    """Digest, bytes and number of files of a pack."""
    made = sum(len(data) for data in gathered.made.values())
    return Offer(
        digest=hashlib.sha256(gathered.made[PACK]).hexdigest(),
        size=made + sum(file.size for file in gathered.files),
        files=len(gathered.files),
    )


def packed(req: Context, found: Reproducible, *, labels: bool = False) -> Response:
    """The pack, made while it is sent; the same rows give the same bytes. It is a download of the submission."""
    gathered = gather(req.db, found, labels=labels)
    count(req, found.submission)
    name = f"reproduction-{gathered.pack.evaluation}"
    if gathered.pack.confidential:
        name += "-confidential"
    headers = {
        "Content-Security-Policy": SANDBOX,
        "Content-Disposition": disposition("attachment", f"{name}.zip"),
        "Cache-Control": "private, no-store" if gathered.pack.confidential else "private, no-cache",
        "X-Pack-Sha256": offered(gathered).digest,
        "Link": f'<{gathered.pack.result}>; rel="describes"',
    }
    blocks = zip_blocks(gathered.files, FILES, found.result.created_at, made=gathered.made)
    return StreamingResponse(blocks, headers=headers, media_type="application/zip")
