"""The other sides of the ratios that are web applications."""

import os

from fastapi import FastAPI

bare = FastAPI()


@bare.get("/hello")
async def hello() -> dict[str, str]:
    """The least a FastAPI application does."""
    return {"hello": "world"}


class _NoHash:
    """Stands in for SHA-256 where only the cost of hashing is to be left out; every file gets a fresh name."""

    def update(self, _chunk: bytes) -> None:
        """Nothing."""

    def hexdigest(self) -> str:
        """A name that no other file has."""
        return os.urandom(32).hex()


def unhashed() -> FastAPI:
    """The product's application whose uploads are not hashed."""
    from portal.app import create_app
    from portal.kit.storage import base

    base.new_hash = _NoHash  # type: ignore[assignment]
    return create_app()


LIST_SQL = """
SELECT a.id, n.slug AS namespace, n.display_name AS owner, a.name, a.kind, a.title, a.title_en, a.summary,
  a.summary_en, a.licence, a.latest_version, a.is_public, a.gated, a.downloads, a.robot_downloads, a.likes, a.demo,
  a.doi, a.cstr, a.year, a.venue, a.region_code, a.region, a.period_from, a.period_to, a.map_review_no,
  a.created_at, a.updated_at,
  ARRAY(SELECT tag FROM asset_tag t WHERE t.asset_id = a.id ORDER BY tag) AS tags,
  ARRAY(SELECT scenario FROM asset_scenario s WHERE s.asset_id = a.id ORDER BY scenario) AS scenarios,
  ARRAY(SELECT name FROM asset_author w WHERE w.asset_id = a.id ORDER BY position) AS authors
FROM asset a JOIN namespace n ON n.id = a.namespace_id
WHERE a.is_public ORDER BY a.updated_at DESC, a.id DESC LIMIT 61
"""


def raw() -> FastAPI:
    """The list page as one would write it by hand for speed: psycopg, one statement, the product's own templates.

    It does no more than that: no session, no actor, no counts beside the filters (the form is drawn once).
    """
    import psycopg_pool
    from fastapi import Request
    from fastapi.responses import HTMLResponse
    from markupsafe import Markup
    from psycopg.rows import class_row

    from portal.kit.actor import NOBODY
    from portal.kit.db import raw_dsn
    from portal.kit.templates import render
    from registry.assets import browsing
    from registry.assets.fragments import draw
    from registry.assets.models import AssetKind
    from registry.assets.queries import Facets, Filters

    class Row:
        """One row; the kind as the template's label wants it."""

        def __init__(self, **values: object) -> None:
            vars(self).update(values, kind=AssetKind(str(values["kind"])))

    app = FastAPI()
    pool = psycopg_pool.AsyncConnectionPool(raw_dsn(), min_size=4, max_size=10, open=False)
    form: list[Markup] = []

    @app.get("/list")
    async def listed(request: Request) -> HTMLResponse:
        if not form:
            await pool.open()
            facets = browsing.groups(Facets(), Filters())
            form.append(draw("assets/_facets.html", groups=facets, keep={}))
        async with pool.connection() as connection, connection.cursor(row_factory=class_row(Row)) as cursor:
            rows = await (await cursor.execute(LIST_SQL)).fetchall()
        html = Markup().join(draw("assets/_row.html", row=row) for row in rows[:60])
        values = {
            "rows": html, "total": 60, "total_text": "60", "filter_form": form[0], "chips": [],
            "wanted": Filters(), "filters": Filters(), "sorts": [], "prev_url": None, "next_url": None,
            "csv_url": "/assets/export.csv", "partial": False,
        }  # fmt: skip
        return HTMLResponse(render(request, "assets/list.html", None, NOBODY, values))

    return app
