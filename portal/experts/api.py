"""Experts, the taxonomy and one's own profile by JSON."""

from typing import Annotated, Any

from fastapi import Query

from portal.experts.actions import profile
from portal.experts.answers import (
    DisciplineAnswer,
    DisciplineList,
    ExpertAnswer,
    ExpertPage,
    OwnExpertAnswer,
)
from portal.experts.forms import ProfileForm, key_of
from portal.experts.guards import keeper, shown
from portal.experts.models import Expert
from portal.experts.queries import disciplines as taxonomy
from portal.experts.queries import pool
from portal.experts.queries import public as queries
from portal.kit.answers import problems
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors, public, scope

router = Doors()
TAGS: list[Any] = ["experts"]


def _answer(row: Any) -> ExpertAnswer:
    return ExpertAnswer(
        slug=row.slug,
        name=row.name,
        titles=row.titles,
        senior=row.senior,
        organisations=list(row.organisations or ()),
        disciplines=sorted(row.disciplines or ()),
        keywords=sorted(row.keywords or ()),
        languages=list(row.languages or ()),
        orcid=row.orcid,
        publications=row.publications,
        biography_zh=row.biography_zh,
        biography_en=row.biography_en,
    )


@router.api(
    "GET", "/api/v1/experts", guard=scope("read", public), response_model=ExpertPage,
    responses=problems(422), summary="Experts with a public page", tags=TAGS,
)  # fmt: skip
def experts(
    req: Req,
    q: Annotated[str, Query(max_length=100, description="Part of a name or of a public field.")] = "",
    discipline: Annotated[
        list[str] | None, Query(description="Codes; one of the first level takes its own along.")
    ] = None,
    keyword: Annotated[str, Query(max_length=60, description="A whole keyword.")] = "",
    organisation: Annotated[str, Query(max_length=40, description="Short name.")] = "",
    after: Annotated[str | None, Query(description="Cursor of the next page.")] = None,
    before: Annotated[str | None, Query(description="Cursor of the page before.")] = None,
) -> ExpertPage:
    """20 a page, by pinyin. Fields that are not public are empty, and neither searched nor filtered by."""
    chosen = taxonomy.with_below(discipline, taxonomy.all_of(req.db)) if discipline else frozenset()
    wanted = queries.Filter(
        words=q.replace("\x00", "").strip(),
        disciplines=chosen,
        keyword=key_of(keyword.replace("\x00", "")),
        organisation=organisation.replace("\x00", ""),
    )
    page = queries.page_of(req.db, wanted, after=after, before=before)
    return ExpertPage(items=[_answer(row) for row in page], before=page.before, after=page.after)


@router.api(
    "GET", "/api/v1/experts/{slug}", guard=scope("read", shown), response_model=ExpertAnswer,
    responses=problems(404), summary="One expert", tags=TAGS,
)  # fmt: skip
def expert(req: Req) -> ExpertAnswer:
    """What the expert allows."""
    return _answer(req.subject)


@router.api(
    "GET", "/api/v1/disciplines", guard=scope("read", public), response_model=DisciplineList,
    summary="The taxonomy of planning disciplines", tags=TAGS,
)  # fmt: skip
def disciplines(req: Req) -> DisciplineList:
    """Two levels. Codes never change; a merged one says into which."""
    items = [
        DisciplineAnswer(
            code=row.code,
            parent=row.parent_code,
            name_zh=row.name_zh,
            name_en=row.name_en,
            active=row.active,
            merged_into=row.merged_into,
        )
        for row in taxonomy.all_of(req.db)
    ]
    return DisciplineList(items=items)


def _own(req: Context, found: Expert) -> OwnExpertAnswer:
    parts = pool.parts_of(req.db, found.id)
    same = (
        "senior", "listed", "public", "titles", "orcid", "publications", "biography_zh", "biography_en", "languages",
        "capacity",
    )  # fmt: skip
    return OwnExpertAnswer(
        state=found.state.value,
        reason=found.state_reason,
        deadline_at=found.deadline_at.isoformat() if found.deadline_at else None,
        disciplines=parts.disciplines,
        keywords=parts.keywords,
        capacities=parts.capacities,
        **{name: getattr(found, name) for name in same},
    )


@router.api(
    "GET", "/api/v1/me/expert", guard=scope("read", keeper), response_model=OwnExpertAnswer,
    responses=problems(401, 404), summary="Your own place in the pool", tags=TAGS,
)  # fmt: skip
def own(req: Req) -> OwnExpertAnswer:
    """The whole profile, with its state."""
    return _own(req, req.subject)


@router.api(
    "PUT", "/api/v1/me/expert", guard=scope("write", keeper), response_model=OwnExpertAnswer,
    responses=problems(401, 404, 409, 422), summary="Replace your own profile", tags=TAGS,
)  # fmt: skip
def replace(req: Req, body: ProfileForm) -> OwnExpertAnswer:
    """What is left out is emptied."""
    return _own(req, profile.save(req.db, req.actor, given=body))
