"""The web application: puts the parts together, and nothing else."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.responses import PlainTextResponse
from starlette.staticfiles import StaticFiles

from portal.accounts import api as accounts_api
from portal.accounts import views as accounts_views
from portal.accounts.sessions import resolve_actor
from portal.admin import views as admin_views
from portal.audit import api as audit_api
from portal.audit import views as audit_views
from portal.audit.watching import contradicted
from portal.experts import api as experts_api
from portal.experts import views as experts_views
from portal.experts.advice import api as advice_api
from portal.experts.advice import views as advice_views
from portal.home import views as home_views
from portal.kit import openapi, problems, readonly
from portal.kit.events import hub
from portal.kit.pages import resolve_actors_with
from portal.kit.routes import public
from portal.kit.templates import STATIC, VERSION
from portal.kit.web import Frame
from portal.notices import views as notices_views
from portal.openapi import MOVABLE, PARTS
from portal.organisations import api as organisations_api
from portal.organisations import views as organisations_views
from portal.personal import PARTS as PERSONAL
from portal.reviews.appeals import api as appeals_api
from portal.reviews.appeals import views as appeals_views
from portal.reviews.conclusions import api as conclusions_api
from portal.reviews.conclusions import views as conclusions_views
from portal.reviews.desk import api as desk_api
from portal.reviews.desk import views as desk_views
from portal.reviews.integrity import api as integrity_api
from portal.reviews.integrity import views as integrity_views
from portal.reviews.panels import api as panels_api
from portal.reviews.panels import views as panels_views
from portal.reviews.publicity import api as publicity_api
from portal.reviews.publicity import ledger as publicity_ledger
from portal.reviews.publicity import views as publicity_views
from portal.reviews.reviewing import api as reviewing_api
from portal.reviews.reviewing import views as reviewing_views
from portal.reviews.scores import api as scores_api
from portal.reviews.scores import views as scores_views
from portal.reviews.staffing import api as staffing_api
from portal.reviews.staffing import checker
from portal.reviews.staffing import views as staffing_views
from registry import subjects
from registry.assets import api as assets_api
from registry.assets import views as assets_views
from registry.authoring import views as authoring_views
from registry.benchmarks import api as benchmarks_api
from registry.benchmarks import views as benchmarks_views
from registry.certification import api as certification_api
from registry.certification import api_acts as certification_acts_api
from registry.certification import ledger as certification_ledger
from registry.certification import views as certification_views
from registry.community import api as community_api
from registry.community import views as community_views
from registry.comparison import pairs as comparison_pairs
from registry.comparison import views as comparison_views
from registry.dryruns import api as dryruns_api
from registry.dryruns import views as dryruns_views
from registry.evaluation import api as evaluation_api
from registry.evaluation import views as evaluation_views
from registry.exchange import api as exchange_api
from registry.exchange import views as exchange_views
from registry.gates import api as gates_api
from registry.gates import views as gates_views
from registry.handovers import api as handovers_api
from registry.handovers import views as handovers_views
from registry.lineage import views as lineage_views
from registry.previews import api as previews_api
from registry.previews import views as previews_views
from registry.promotion import api as promotion_api
from registry.promotion import api_acts as promotion_acts_api
from registry.promotion import api_pilots as pilots_api
from registry.promotion import ledger as promotion_ledger
from registry.promotion import views as promotion_views
from registry.reproduction import api as reproduction_api
from registry.reproduction import views as reproduction_views
from registry.rollout import api as rollout_api
from registry.rollout import views as rollout_views
from registry.scanning import views as scanning_views
from registry.storage import api as storage_api
from registry.storage import views as storage_views
from registry.trials import api as trials_api
from registry.trials import views as trials_views
from registry.versions import api as versions_api
from registry.versions import ledger, ties
from registry.versions import views as versions_views

ROUTERS = [
    home_views.router,
    accounts_views.router,
    notices_views.router,
    organisations_views.router,
    experts_views.router,
    advice_views.router,
    conclusions_views.router,
    panels_views.router,
    desk_views.router,
    scores_views.router,
    staffing_views.router,
    reviewing_views.router,
    publicity_views.router,
    integrity_views.router,
    appeals_views.router,
    evaluation_views.router,
    benchmarks_views.router,
    dryruns_views.router,
    trials_views.router,
    authoring_views.router,
    certification_views.router,
    promotion_views.router,
    rollout_views.router,
    scanning_views.router,
    previews_views.router,
    exchange_views.router,
    reproduction_views.router,
    storage_views.router,
    comparison_views.router,
    comparison_pairs.router,
    lineage_views.router,
    versions_views.router,
    community_views.router,
    gates_views.router,
    handovers_views.router,
    assets_views.router,
    admin_views.router,
    accounts_api.router,
    audit_views.router,
    audit_api.router,
    organisations_api.router,
    experts_api.router,
    advice_api.router,
    staffing_api.router,
    reviewing_api.router,
    publicity_api.router,
    desk_api.router,
    certification_api.router,
    certification_acts_api.router,
    scores_api.router,
    panels_api.router,
    conclusions_api.router,
    appeals_api.router,
    integrity_api.router,
    promotion_api.router,
    promotion_acts_api.router,
    pilots_api.router,
    rollout_api.router,
    benchmarks_api.router,
    dryruns_api.router,
    trials_api.router,
    evaluation_api.router,
    previews_api.router,
    exchange_api.router,
    reproduction_api.router,
    storage_api.router,
    versions_api.router,
    community_api.router,
    gates_api.router,
    handovers_api.router,
    assets_api.router,
]


@asynccontextmanager
async def _lifespan(_app: FastAPI) -> AsyncIterator[None]:
    with readonly.looking():
        yield
    await hub.close()


def create_app() -> FastAPI:
    """The application of one web process. It imports no mlflow, no scikit-learn and no geo library."""
    resolve_actors_with(resolve_actor)
    readonly.look_with(contradicted)
    assert PERSONAL  # noqa: S101 - what pages say of a person's data is complete once these are imported
    assert checker  # noqa: S101 - what finds conflicts of interest, and
    assert ledger  # noqa: S101 - what of the log is public, by
    assert certification_ledger  # noqa: S101 - those
    assert promotion_ledger  # noqa: S101 - who
    assert publicity_ledger  # noqa: S101 - know the objects
    assert ties  # noqa: S101 - what it learns from the registry, are known once these are imported
    assert subjects  # noqa: S101 - so is what of the registry can be reviewed
    app = FastAPI(
        title="CSPON Commons API",
        version=VERSION,
        description="Assets, versions, benchmarks and evaluations. Errors are RFC 9457 problem details.",
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
        lifespan=_lifespan,
    )
    app.add_middleware(Frame)
    problems.install(app)
    for router in ROUTERS:
        app.include_router(router)
    openapi.install(app, PARTS, MOVABLE)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")

    async def healthz() -> PlainTextResponse:
        """Alive: the process answers. Says nothing of the database, so that an outage does not restart the web."""
        return PlainTextResponse("ok")

    healthz.guard = public  # type: ignore[attr-defined]
    app.add_api_route("/healthz", healthz, include_in_schema=False)
    return app
