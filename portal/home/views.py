"""The home page, search, about, language, API documentation and the styleguide."""

from typing import Any

from fastapi.responses import Response

from portal.accounts.actions import set_locale
from portal.home import queries
from portal.kit import i18n
from portal.kit.i18n import _
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors, public
from portal.organisations.models import Organisation
from registry.assets.fragments import Fragments
from registry.assets.models import AssetKind

router = Doors()
MAX_WORDS = 6
_figures: Fragments[dict[str, int]] = Fragments(size=4, seconds=60)


@router.page("/", guard=public)
def home(req: Req) -> Response:
    """What the site is, what is new, and what each kind of user can do next."""
    return req.page(
        "home/index.html",
        figures=_counted(req),
        assets=queries.newest_assets(req.db),
        benchmarks=queries.benchmarks(req.db),
    )


def _counted(req: Context) -> dict[str, int]:
    """The figures, counted anew after a change and once a minute: counting 200,000 evaluations takes its time."""
    newest = queries.newest_change(req.db)
    kept = _figures.get(newest)
    return kept if kept is not None else _figures.put(newest, queries.figures(req.db))


@router.page("/search", guard=public)
def search(req: Req) -> Response:
    """The answers of the site search box."""
    text = req.query.get("q", "").strip()[:100]
    words = text.split()[:MAX_WORDS]
    hits = queries.search(req.db, words) if words else []
    return req.page("home/search.html", q=text, hits=[(hit, _kind_label(hit.kind)) for hit in hits])


def _kind_label(kind: str) -> str:
    return _("Organisation") if kind == Organisation.__tablename__ else i18n.label(AssetKind(kind))


@router.page("/about", guard=public)
def about(req: Req) -> Response:
    """What the portal promises, and how an evaluation is made."""
    return req.page("home/about.html")


@router.page("/docs/api", guard=public)
def api_docs(req: Req) -> Response:
    """The REST API, read from the application's own OpenAPI document; no script of another host."""
    document = req.request.app.openapi()
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            group = path.removeprefix("/api/v1/").split("/")[0]
            groups.setdefault(group, []).append({"path": path, "method": method.upper(), **operation})
    return req.page("home/api.html", groups=groups, document=document)


@router.page("/styleguide", guard=public)
def styleguide(req: Req) -> Response:
    """Every component with sample data."""
    from portal.home.styleguide import samples

    return req.page("styleguide/index.html", **samples())


@router.act("/language", guard=public)
def language(req: Req) -> Response:
    """Choose the language of the pages, for a year."""
    chosen = str(req.form.get("locale", ""))
    response = req.redirect(str(req.form.get("next", "/")))
    if chosen in i18n.LOCALES:
        if not req.actor.is_anonymous:
            set_locale(req.db, req.actor, locale=chosen)
        response.set_cookie("locale", chosen, max_age=31_536_000, httponly=True, samesite="lax", path="/")
    return response
