"""Organisations in the API."""

from typing import Annotated, Any

from fastapi import Query
from pydantic import BaseModel, ConfigDict

from portal.kit.answers import problems
from portal.kit.errors import NotFound
from portal.kit.i18n import _
from portal.kit.pages import Req
from portal.kit.routes import Doors, public, scope
from portal.organisations import queries
from portal.organisations.models import OrganisationKind, Verification

router = Doors()

EXAMPLE: dict[str, Any] = {
    "slug": "guihuayuan",
    "name": "某某市规划研究院",
    "name_en": "Planning Institute",
    "kind": "institute",
    "verification": "verified",
    "division_code": "320100",
    "credit_code": "91110000123456788M",
    "website": "https://www.example.org",
    "summary": "",
}


class OrganisationOut(BaseModel):
    """An organisation as anyone may see it."""

    model_config = ConfigDict(json_schema_extra={"example": EXAMPLE}, from_attributes=True)

    slug: str
    name: str
    name_en: str
    kind: OrganisationKind
    verification: Verification
    division_code: str
    credit_code: str
    website: str
    summary: str


class OrganisationPage(BaseModel):
    """A page of the list; ``after`` of one page is the parameter ``after`` of the next."""

    items: list[OrganisationOut]
    before: str | None
    after: str | None


@router.api(
    "GET",
    "/api/v1/organisations",
    guard=scope("read", public),
    response_model=OrganisationPage,
    summary="List organisations by name",
    tags=["organisations"],
)
def organisations(
    req: Req,
    q: Annotated[str, Query(max_length=100, description="Part of a name, or a whole credit code.")] = "",
    kind: Annotated[list[OrganisationKind] | None, Query(description="Only these kinds.")] = None,
    verified: Annotated[bool | None, Query(description="Only verified ones, or only others.")] = None,
    after: Annotated[str | None, Query(description="Cursor of the next page.")] = None,
    before: Annotated[str | None, Query(description="Cursor of the page before.")] = None,
) -> OrganisationPage:
    """20 organisations a page, sorted by the pinyin of their names."""
    wanted = queries.Filter(
        words=q.replace("\x00", "").strip(), kinds=frozenset(kind or ()), verified=verified
    )
    page = queries.page_of(req.db, req.actor, wanted, after=after, before=before)
    items = [OrganisationOut.model_validate(row) for row in page.rows]
    return OrganisationPage(items=items, before=page.before, after=page.after)


@router.api(
    "GET",
    "/api/v1/organisations/{slug}",
    guard=scope("read", public),
    response_model=OrganisationOut,
    summary="One organisation",
    tags=["organisations"],
    responses=problems(404),
)
def organisation(req: Req) -> OrganisationOut:
    """The organisation of a short name."""
    found = queries.by_slug(req.db, req.actor, req.path["slug"])
    if found is None:
        raise NotFound(_("There is no such organisation."))
    fields = set(OrganisationOut.model_fields) - {"slug"}
    return OrganisationOut(slug=found[1].slug, **found[0].model_dump(include=fields))
