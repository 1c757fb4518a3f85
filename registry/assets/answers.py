"""What the API answers about assets, with examples for its documentation."""

from typing import Any

from pydantic import BaseModel, ConfigDict

EXAMPLE: dict[str, Any] = {
    "id": "01938f6e-7a10-7c3e-9d2b-3f6f0c2a9b11",
    "namespace": "planning-lab",
    "name": "landcover-onnx",
    "kind": "model",
    "title": "土地覆盖分类模型",
    "title_en": "Land cover classifier",
    "summary": "由 Landsat 8 反射率判别地类。",
    "summary_en": "Land cover from Landsat 8 reflectance.",
    "licence": "Apache-2.0",
    "scenarios": ["implementation_assessment"],
    "tags": ["landsat", "遥感"],
    "authors": ["张三"],
    "latest_version": "1.0.0",
    "public": True,
    "gated": False,
    "downloads": 12,
    "robot_downloads": 40,
    "likes": 3,
    "publication": {
        "doi": "10.12345/cspon.2026.1",
        "cstr": "CSTR:14804.11.cspon.2026.1",
        "year": 2026,
        "venue": "",
        "region_code": "330100",
        "region": "杭州市",
        "period_from": "2025-01-01",
        "period_to": "2025-12-31",
        "map_review_no": "",
        "data_level": "general",
    },
    "created_at": "2026-11-01T02:00:00+00:00",
    "updated_at": "2026-11-20T02:00:00+00:00",
}


class PublicationAnswer(BaseModel):
    """Where a work was published; a monitoring report's region (GB/T 2260) and period; the map review number."""

    doi: str
    cstr: str
    year: int | None
    venue: str
    region_code: str
    region: str
    period_from: str | None
    period_to: str | None
    map_review_no: str
    data_level: str
    """``general``, ``important`` or ``core`` (GB/T 43697) as it was set; empty: not set, its card may say it."""


class AssetAnswer(BaseModel):
    """An asset in a list."""

    model_config = ConfigDict(json_schema_extra={"example": EXAMPLE})

    id: str
    namespace: str
    name: str
    kind: str
    title: str
    title_en: str
    summary: str
    summary_en: str
    licence: str
    scenarios: list[str]
    tags: list[str]
    authors: list[str]
    latest_version: str | None
    public: bool
    gated: bool
    downloads: int
    """Readers and days: one reader counts once a day."""
    robot_downloads: int
    """The same for automated traffic, kept apart."""
    likes: int
    publication: PublicationAnswer
    created_at: str
    updated_at: str


class RelatedAnswer(BaseModel):
    """A related asset; ``direction`` is ``to`` where this asset names the other, ``from`` the other way."""

    kind: str
    direction: str
    asset: str
    title: str


class AuthorAnswer(BaseModel):
    """An author; ``account`` is the short name of a member."""

    name: str
    affiliation: str
    account: str | None


class AssetDetail(AssetAnswer):
    """An asset with its card, people and relations."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                **EXAMPLE,
                "card": "# 说明\n",
                "people": [{"name": "张三", "affiliation": "规划院", "account": "zhangsan"}],
                "related": [
                    {
                        "kind": "evaluated_on",
                        "direction": "to",
                        "asset": "demo/landcover",
                        "title": "土地覆盖评测",
                    }
                ],
            }
        }
    )

    card: str
    people: list[AuthorAnswer]
    related: list[RelatedAnswer]


class AssetPage(BaseModel):
    """A page of assets. ``after`` and ``before`` are cursors for the neighbouring pages."""

    items: list[AssetAnswer]
    after: str | None
    before: str | None
