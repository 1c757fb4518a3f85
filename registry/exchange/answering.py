"""Answers of exports, shared by pages and the API."""

from typing import Any

from fastapi.responses import Response

from portal.kit.pages import Context
from registry.exchange.formats.rocrate import crate_files
from registry.exchange.gathering import record_of
from registry.exchange.guards import Wanted
from registry.versions import queries as versions
from registry.versions.serving import SANDBOX, disposition, zip_response
from registry.versions.transfers import count


def export(req: Context, wanted: Wanted) -> Response:
    """The description as a file."""
    record = record_of(req.db, req.actor, wanted.asset, wanted.version, whole=True)
    number = f"-{record.number}" if wanted.version is not None else ""
    name = (
        wanted.form.file
        if wanted.form.file == "CITATION.cff"
        else f"{record.name}{number}.{wanted.form.file}"
    )
    headers = {
        "Content-Disposition": disposition("attachment", name),
        "Content-Security-Policy": SANDBOX,
        "Cache-Control": "private, no-cache",
        "Link": f'<{record.url}>; rel="describes"',
    }
    text = wanted.form.write(record)
    return Response(text, media_type=f"{wanted.form.media_type}; charset=utf-8", headers=headers)


def crate(req: Context, version: Any, asset: Any) -> Response:
    """The version as an RO-Crate, packed while it is sent. It is a download, and counts as one."""
    record = record_of(req.db, req.actor, asset, version, whole=True)
    files = versions.files_of(req.db, version.id, hidden=False)
    count(req, version)
    return zip_response(version, files, folder="files", made=crate_files(record), suffix="-ro-crate")
