"""The list as pages and JSON show it: filters from the address, rows from the caches."""

import datetime as dt
import json
import re
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from markupsafe import Markup

from portal.kit.i18n import _, get_locale, label, ngettext
from portal.kit.pages import Context
from portal.kit.paging import Page
from portal.kit.text import marked
from registry.assets import publication, queries
from registry.assets.fragments import Fragments, draw
from registry.assets.models import AssetKind, Scenario
from registry.assets.queries import Facets, Filters, fulltext
from registry.assets.tally import TALLY

SORTS = ("updated", "name", "downloads", "likes")
MAX_SIZE = 100
YEAR = re.compile(r"[12][0-9]{3}")
END = Markup("</li>")
CODE = re.compile(r"[0-9]{6}")
_rows: Fragments[Markup] = Fragments(size=4000, seconds=3600)
_json: Fragments[str] = Fragments(size=4000, seconds=3600)
_facets: Fragments[tuple[Facets, Markup]] = Fragments(size=400, seconds=30)
T = TypeVar("T")


def read_filters(req: Context) -> Filters:
    """The filters in the address; unknown values are left out rather than refused."""
    sort = req.query.get("sort", "updated").removeprefix("-")
    return Filters(
        q=req.query.get("q", "").replace("\x00", "").strip()[:200],
        kinds=tuple(AssetKind(v) for v in _known(req, "kind", AssetKind)),
        scenarios=tuple(Scenario(v) for v in _known(req, "scenario", Scenario)),
        licences=tuple(_clean(req, "licence")),
        tags=tuple(_clean(req, "tag")),
        evaluated=tuple(v for v in ("yes", "no") if v in req.query_list("evaluated")),
        namespace=req.query.get("namespace", "").replace("\x00", "")[:40],
        identifier=publication.identifier(req.query.get("identifier", "")[:220]),
        year=int(year) if YEAR.fullmatch(year := req.query.get("year", "")) else None,
        region=code if CODE.fullmatch(code := req.query.get("region", "")) else "",
        sort=sort if sort in SORTS else "updated",
    )


def _known(req: Context, name: str, kind: type[AssetKind] | type[Scenario]) -> list[str]:
    members = [str(item.value) for item in kind]
    return [value for value in members if value in req.query_list(name)]


def _clean(req: Context, name: str) -> list[str]:
    values = (value.replace("\x00", "")[:120] for value in req.query_list(name)[:10])
    return sorted({value for value in values if value})


def read_size(req: Context, default: int = 20) -> int:
    """How many rows a page has: 1 to 100."""
    text = req.query.get("size", "")
    return (
        min(max(int(text), 1), MAX_SIZE) if text.isascii() and text.isdigit() and len(text) < 5 else default
    )


def page_of(req: Context, filters: Filters, size: int) -> Page[Any]:
    """The light page the address asks for."""
    return queries.light_page(
        req.db,
        req.actor,
        filters,
        after=req.query.get("after"),
        before=req.query.get("before"),
        size=size,
    )


def html_rows(req: Context, page: Page[Any]) -> list[Markup]:
    """The rows as list items."""
    locale = get_locale()
    rows = _parts(req, page, _rows, locale, lambda row: draw("assets/_row.html", row=row))
    return _with_snippets(req, page, rows)


def _with_snippets(req: Context, page: Page[Any], rows: list[Markup]) -> list[Markup]:
    """Where a word was found in a document, the row ends with the place; the rows themselves stay in the cache."""
    q = req.query.get("q", "").strip()[:200]
    found = fulltext.snippets(req.db, [row.asset_id for row in page.rows], q) if q else {}
    if not found or len(rows) != len(page.rows):
        return rows
    words = q.split()[:8]
    return [
        row[: -len(END)] + draw("assets/_snippet.html", piece=marked(found[key.asset_id], words)) + END
        if key.asset_id in found and row.endswith(END)
        else row
        for key, row in zip(page.rows, rows, strict=True)
    ]


def json_rows(req: Context, page: Page[Any]) -> list[str]:
    """The rows as JSON objects."""
    return _parts(req, page, _json, "json", lambda row: json.dumps(as_json(row), ensure_ascii=False))


def _parts(
    req: Context, page: Page[Any], cache: Fragments[T], variant: str, make: Callable[[Any], T]
) -> list[T]:
    """The rendered rows in the order of the page; only those no cache holds are read, in one query."""
    keys = [(row.asset_id, row.stamp, row.count, row.liked, variant) for row in page.rows]
    parts = cache.get_many(keys)
    if None not in parts:
        return [part for part in parts if part is not None]
    found = {key[0]: part for key, part in zip(keys, parts, strict=True) if part is not None}
    missing = {key[0]: key for key in keys if key[0] not in found}
    for row in queries.rows_of(req.db, list(missing)):
        found[row.id] = cache.put(missing[row.id], make(row))
    return [found[key[0]] for key in keys if key[0] in found]


def as_json(row: Any) -> dict[str, Any]:
    """An asset as the API lists it."""
    return {
        "id": str(row.id),
        "namespace": row.namespace,
        "name": row.name,
        "kind": row.kind.value,
        "title": row.title,
        "title_en": row.title_en,
        "summary": row.summary,
        "summary_en": row.summary_en,
        "licence": row.licence,
        "scenarios": list(row.scenarios),
        "tags": list(row.tags),
        "authors": list(row.authors),
        "latest_version": row.latest_version or None,
        "public": row.is_public,
        "gated": row.gated,
        "downloads": row.downloads,
        "robot_downloads": row.robot_downloads,
        "likes": row.likes,
        "publication": {
            name: value.isoformat() if isinstance(value := getattr(row, name), dt.date) else value
            for name in publication.FIELDS
        },
        "created_at": row.created_at.isoformat(),
        "updated_at": row.updated_at.isoformat(),
    }


def counted(req: Context, filters: Filters, page: Page[Any]) -> tuple[Facets, Markup]:
    """The counts beside the list, and the filter form made of them. What words leave is kept for a moment."""
    newest = page.rows[0].newest if page.rows else None
    key = (filters, newest, get_locale(), req.query.get("size"))
    if not req.actor.is_anonymous or newest is None:
        return _drawn(req, filters, _count(req, filters, newest))
    kept = _facets.get(key)
    return kept if kept is not None else _facets.put(key, _drawn(req, filters, _count(req, filters, newest)))


def _count(req: Context, filters: Filters, newest: Any) -> Facets:
    if newest is None or not filters.is_of_facets:
        return queries.facets(req.db, req.actor, filters)
    public = TALLY.facets(req.db, filters, newest)
    if req.actor.is_anonymous:
        return public
    return queries.added(public, queries.facets(req.db, req.actor, filters, hidden_only=True))


def _drawn(req: Context, filters: Filters, facets: Facets) -> tuple[Facets, Markup]:
    keep = {
        "q": filters.q,
        "sort": filters.sort if filters.sort != "updated" else "",
        "namespace": filters.namespace,
        "identifier": filters.identifier,
        "year": str(filters.year or ""),
        "region": filters.region,
    }
    keep["size"] = req.query.get("size", "") if req.query.get("size", "").isdigit() else ""
    return facets, draw("assets/_facets.html", groups=groups(facets, filters), keep=keep)


def groups(facets: Facets, filters: Filters) -> list[dict[str, Any]]:
    """The filter form's groups: (value, text, count, selected); a chosen value stays even at count 0."""
    kinds = [(kind, label(kind)) for kind in AssetKind]
    scenarios = [(scenario, label(scenario)) for scenario in Scenario]
    evaluated = [("yes", _("With evaluation results")), ("no", _("Without evaluation results"))]
    return [
        _group("kind", _("Kind"), kinds, facets, filters.kinds),
        _group("scenario", _("Scenario"), scenarios, facets, filters.scenarios),
        _group("evaluated", _("Evaluation"), evaluated, _yes_no(facets), filters.evaluated),
        _group("tag", _("Tag"), _open(facets, "tag", filters.tags), facets, filters.tags),
        _group("licence", _("Licence"), _open(facets, "licence", filters.licences), facets, filters.licences),
    ]


def _yes_no(facets: Facets) -> Facets:
    named = {"true": "yes", "false": "no"}
    counts = {named.get(value, value): count for value, count in facets.counts["evaluated"].items()}
    return Facets(facets.total, {**facets.counts, "evaluated": counts})


def _open(facets: Facets, name: str, chosen: Sequence[str]) -> list[tuple[str, str]]:
    return [(value, value) for value in dict.fromkeys([*chosen, *facets.counts[name]])]


def _group(
    name: str, title: str, options: Sequence[tuple[str, str]], facets: Facets, chosen: Sequence[str]
) -> dict[str, Any]:
    counts = facets.counts[name]
    shown = [
        (str(value), text, counts.get(str(value), 0), value in chosen)
        for value, text in options
        if counts.get(str(value)) or value in chosen
    ]
    return {"name": name, "label": title, "options": shown}


def chips(req: Context, filters: Filters) -> list[tuple[str, str]]:
    """The filters in use, each with the address without it."""
    used: list[tuple[str, str, str]] = []
    if filters.q:
        used.append(("q", filters.q, _("Words: %(q)s", q=filters.q)))
    if filters.namespace:
        used.append(("namespace", filters.namespace, _("Namespace: %(name)s", name=filters.namespace)))
    if filters.identifier:
        used.append(("identifier", filters.identifier, filters.identifier))
    if filters.year is not None:
        used.append(("year", str(filters.year), _("Year %(year)s", year=filters.year)))
    if filters.region:
        used.append(("region", filters.region, _("Region %(code)s", code=filters.region)))
    used += [("kind", kind.value, label(kind)) for kind in filters.kinds]
    used += [("scenario", item.value, label(item)) for item in filters.scenarios]
    names = {"yes": _("With evaluation results"), "no": _("Without evaluation results")}
    used += [("evaluated", value, names[value]) for value in filters.evaluated]
    used += [("tag", tag, tag) for tag in filters.tags] + [
        ("licence", item, item) for item in filters.licences
    ]
    return [(text, _without(req, name, value)) for name, value, text in used]


def _without(req: Context, name: str, value: str) -> str:
    from urllib.parse import urlencode

    pairs = [
        (key, text)
        for key, text in req.request.query_params.multi_items()
        if key not in {"after", "before"}
        and not (key == name and (name in {"q", "namespace", "identifier"} or text == value))
    ]
    return "/assets" + ("?" + urlencode(pairs) if pairs else "")


def total_text(total: int) -> str:
    """How many assets there are."""
    return ngettext("%(n)s asset", "%(n)s assets", total)
