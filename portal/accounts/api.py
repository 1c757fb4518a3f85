"""Accounts in the API: who am I."""

import uuid

from pydantic import BaseModel, ConfigDict

from portal.accounts import queries
from portal.kit.answers import problems
from portal.kit.pages import Req
from portal.kit.routes import Doors, scope

router = Doors()


class MemberOf(BaseModel):
    """An organisation the caller belongs to."""

    slug: str
    name: str
    role: str


class WhoAmI(BaseModel):
    """Whom the portal takes the caller for."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": "0199c2f0-7a3c-7cc1-8000-2b1f6c1d9a10",
                "name": "张三",
                "namespace": "zhangsan",
                "roles": ["reviewer"],
                "scopes": ["read", "write"],
                "namespaces": ["zhangsan", "guihuayuan"],
                "organisations": [{"slug": "guihuayuan", "name": "某某规划院", "role": "publisher"}],
            }
        }
    )

    id: uuid.UUID
    name: str
    namespace: str
    roles: list[str]
    scopes: list[str] | None
    """None for a browser session, which may do all its account may."""
    namespaces: list[str]
    """Where the caller may publish."""
    organisations: list[MemberOf]


@router.api(
    "GET",
    "/api/v1/whoami",
    guard=scope("read"),
    response_model=WhoAmI,
    summary="Who the access token belongs to, and what it may do",
    tags=["accounts"],
    responses=problems(401),
)
def whoami(req: Req) -> WhoAmI:
    """The account, its roles, the token's scopes, and the namespaces it may publish in."""
    actor = req.actor
    assert actor.id is not None  # noqa: S101 - the guard lets nobody else in
    organisations = queries.organisations_of(req.db, actor.id)
    return WhoAmI(
        id=actor.id,
        name=actor.name,
        namespace=actor.namespace,
        roles=sorted(actor.roles),
        scopes=sorted(actor.scopes) if actor.scopes is not None else None,
        namespaces=[row.slug for row in queries.publishable(req.db, actor.namespaces)],
        organisations=[MemberOf(slug=row.slug, name=row.name, role=row.role) for row in organisations],
    )
