"""What the page of a file shows: the state of its preview and, where it is ready, one page of it."""

from typing import Any

from portal.kit.i18n import _, label
from portal.kit.pages import Context
from portal.kit.text import is_formula
from registry.assets import queries as asset_queries
from registry.assets.cards import card_html, files_address
from registry.assets.policy import can_edit
from registry.previews import queries
from registry.previews.drawing import static_map
from registry.previews.kinds import kind_of
from registry.previews.models import Preview, PreviewKind, PreviewState
from registry.previews.parts import read_part
from registry.versions.addresses import address

PAGED = {
    PreviewKind.text: "lines",
    PreviewKind.table: "rows",
    PreviewKind.notebook: "cells",
    PreviewKind.paper: "pages",
}
SINGLE = {PreviewKind.markdown: "source", PreviewKind.map: "shapes", PreviewKind.graph: "nodes"}


def values(req: Context, version: Any, file: Any) -> dict[str, Any]:
    """Everything the template needs; the preview's own content under ``shown``."""
    kind = kind_of(file.path)
    preview = queries.of_content(req.db, file.sha256, kind) if kind is not None else None
    here = address(version)
    number, pages = page_number(req, preview)
    return {
        "version": version,
        "file": file,
        "here_url": here,
        "kind": kind.value if kind is not None else "",
        "kind_label": label(kind) if kind is not None else "",
        "preview": preview,
        "reason": explain(preview),
        "shown": shown(preview, number, version, file) if preview is not None else None,
        "page": number,
        "pages": pages,
        "prev_url": req.url_with(page=str(number - 1)) if number > 1 else None,
        "next_url": req.url_with(page=str(number + 1)) if number < pages else None,
        "may_ask": not req.actor.is_anonymous,
        "may_retry": can_edit(req.actor, version.namespace_id),
        "related": _related(req, version, kind),
    }


def _related(req: Context, version: Any, kind: PreviewKind | None) -> list[Any]:
    """A paper is read together with the models and data it speaks of."""
    return (
        asset_queries.relations_of(req.db, req.actor, version.asset_id) if kind is PreviewKind.paper else []
    )


def explain(preview: Preview | None) -> str:
    """Why there is no preview, in the reader's language."""
    if preview is None or not preview.reason:
        return ""
    text = _(preview.reason)
    return text % preview.params if preview.params else text


def page_number(req: Context, preview: Preview | None) -> tuple[int, int]:
    """The page asked for, within what there is, and how many there are."""
    if preview is None or preview.state is not PreviewState.ready or preview.kind not in PAGED:
        return 1, 1
    stem = PAGED[preview.kind]
    pages = sum(name.startswith(f"{stem}-") for name in preview.parts)
    return within(req.query.get("page", ""), pages), max(pages, 1)


def within(asked: str, pages: int) -> int:
    """The number of a page as an address asks for it; the nearest there is, and the first for nonsense."""
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 5 else 1
    return min(max(number, 1), max(pages, 1))


def content(preview: Preview, number: int) -> Any:
    """The JSON part of a page; None where the preview has none (a picture, an empty layer)."""
    name = f"{PAGED[preview.kind]}-{number}" if preview.kind in PAGED else SINGLE.get(preview.kind, "")
    digest = preview.parts.get(name)
    return read_part(digest) if digest else None


def shown(preview: Preview, number: int, version: Any, file: Any) -> Any:
    """What the kind's template draws; None unless the preview is ready."""
    if preview.state is not PreviewState.ready:
        return None
    found = content(preview, number)
    if preview.kind is PreviewKind.markdown:
        return card_html(found["text"], files_address(version.namespace, version.name, version.number))
    if preview.kind is PreviewKind.map:
        return _map(preview, found, version, file)
    if preview.kind is PreviewKind.table:
        return (
            {**found, "formulas": any(is_formula(cell) for row in found["rows"] for cell in row)}
            if found
            else None
        )
    return found


def _map(preview: Preview, found: Any, version: Any, file: Any) -> Any:
    if not found or len(preview.facts["extent"]) != 4:
        return None
    number = version.map_review_no
    note = (
        _("Map review number: %(number)s", number=number) if number else _("Illustrative map, not reviewed")
    )
    return static_map(
        preview.facts,
        found,
        title=_("Map of %(name)s", name=file.path),
        unnamed=file.path.rpartition("/")[2],
        note=note,
    )
