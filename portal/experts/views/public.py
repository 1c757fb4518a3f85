"""The public list of experts and an expert's public page: what they allow, and nothing else."""

from collections.abc import Sequence
from typing import Any

from fastapi.responses import Response

from portal.experts.forms import key_of
from portal.experts.guards import shown
from portal.experts.models import Discipline, Language, PublicField
from portal.experts.queries import disciplines as taxonomy
from portal.experts.queries import public as queries
from portal.kit.i18n import _, label
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors, public
from portal.kit.text import to_csv

router = Doors()


def wanted(req: Context, rows: Sequence[Discipline]) -> queries.Filter:
    """What the address asks for; unknown values are ignored."""
    words = {name: req.query.get(name, "").replace("\x00", "").strip()[:100] for name in ("q", "keyword")}
    return queries.Filter(
        words=words["q"],
        disciplines=taxonomy.with_below(req.query_list("discipline"), rows),
        keyword=key_of(words["keyword"]),
        organisation=req.query.get("organisation", "").replace("\x00", "")[:40],
    )


def _groups(req: Context, found: queries.Filter, rows: Sequence[Discipline]) -> list[dict[str, Any]]:
    """Disciplines of the first level; experts count where they name it or one below it (each naming counts)."""
    counts = queries.counts(req.db, found)
    chosen = set(req.query_list("discipline"))
    options = [
        (row.code, row.name(req.locale), counts.get(row.code, 0), row.code in chosen)
        for row in rows
        if (row.active and counts.get(row.code)) or row.code in chosen
    ]
    return [{"name": "discipline", "label": _("Disciplines"), "options": options}]


@router.page("/experts", guard=public)
def experts(req: Req) -> Response:
    """Experts with a public page, by pinyin, with filters."""
    rows = taxonomy.all_of(req.db)
    found = wanted(req, rows)
    page = queries.page_of(req.db, found, after=req.query.get("after"), before=req.query.get("before"))
    return req.page(
        "experts/list.html",
        page=page,
        wanted=found,
        keyword=req.query.get("keyword", "")[:100],
        groups=_groups(req, found, rows),
        names=names_of(req, rows),
        filtered=bool(req.query_list("discipline") or found.words or found.keyword or found.organisation),
    )


def names_of(req: Context, rows: Sequence[Discipline]) -> dict[str, str]:
    """Code -> name in the reader's language."""
    return {row.code: row.name(req.locale) for row in rows}


@router.page("/experts.csv", guard=public)
def experts_csv(req: Req) -> Response:
    """The public list as a table: public fields only, 5,000 rows at most."""
    rows = taxonomy.all_of(req.db)
    names = names_of(req, rows)
    header = (
        "short_name", "name", "titles", "senior", "organisations", "disciplines", "keywords", "languages", "orcid",
    )  # fmt: skip
    table = [
        (
            row.slug,
            row.name,
            row.titles,
            "yes" if row.senior else "",
            "; ".join(row.organisations or ()),
            "; ".join(f"{code} {names.get(code, '')}".strip() for code in sorted(row.disciplines or ())),
            "; ".join(sorted(row.keywords or ())),
            "; ".join(row.languages or ()),
            row.orcid,
        )
        for row in queries.rows_of(req.db, wanted(req, rows))
    ]
    headers = {"Content-Disposition": 'attachment; filename="experts.csv"'}
    return Response(to_csv(header, table), media_type="text/csv; charset=utf-8", headers=headers)


@router.page("/experts/{slug}", guard=shown)
def expert(req: Req) -> Response:
    """What the expert allows."""
    row = req.subject
    return req.page(
        "experts/detail.html",
        expert=row,
        affiliations=queries.affiliations_of(req.db, row),
        names=names_of(req, taxonomy.all_of(req.db)) if row.disciplines else {},
        languages=[label(Language(item)) for item in row.languages or () if item in set(Language)],
        fields=PublicField,
    )
