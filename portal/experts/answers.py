"""What the API answers about experts and advice, with examples for its documentation."""

from typing import Any

from pydantic import BaseModel, ConfigDict

EXPERT: dict[str, Any] = {
    "slug": "zhangsan",
    "name": "张三",
    "titles": "教授级高级工程师",
    "senior": True,
    "organisations": ["某某市规划研究院"],
    "disciplines": ["A04", "F03"],
    "keywords": ["城市体检"],
    "languages": ["zh", "en"],
    "orcid": "0000-0002-1825-0097",
    "publications": "",
    "biography_zh": "",
    "biography_en": "",
}


class ExpertAnswer(BaseModel):
    """An expert as everybody may see one: what is empty is absent or not public, which is the same."""

    model_config = ConfigDict(json_schema_extra={"example": EXPERT})

    slug: str
    name: str
    titles: str
    senior: bool
    organisations: list[str]
    disciplines: list[str]
    keywords: list[str]
    languages: list[str]
    orcid: str
    publications: str
    biography_zh: str
    biography_en: str


class ExpertPage(BaseModel):
    """A page of the list; ``after`` of one page is the parameter ``after`` of the next."""

    items: list[ExpertAnswer]
    before: str | None
    after: str | None


class DisciplineAnswer(BaseModel):
    """A discipline of the taxonomy."""

    code: str
    parent: str | None
    name_zh: str
    name_en: str
    active: bool
    merged_into: str | None


class DisciplineList(BaseModel):
    """The whole taxonomy, in its order."""

    items: list[DisciplineAnswer]


class OwnExpertAnswer(BaseModel):
    """One's own place in the pool, whole."""

    state: str
    reason: str
    deadline_at: str | None
    senior: bool
    listed: bool
    public: list[str]
    titles: str
    orcid: str
    publications: str
    biography_zh: str
    biography_en: str
    languages: list[str]
    disciplines: list[str]
    keywords: list[str]
    capacity: int
    capacities: dict[str, int]


class AdviceAnswerOut(BaseModel):
    """An answer; ``name`` is empty where it is given without one."""

    text: str
    name: str
    at: str


class AdviceOut(BaseModel):
    """A question with the answers its reader may read. Whoever asked is never named."""

    id: str
    title: str
    text: str
    state: str
    disciplines: list[str]
    keywords: list[str]
    public: bool
    created_at: str
    answers: list[AdviceAnswerOut]


class AdviceItem(BaseModel):
    """A published question in the list."""

    id: str
    title: str
    disciplines: list[str]
    keywords: list[str]
    answers: int
    created_at: str


class AdvicePage(BaseModel):
    """A page of published questions."""

    items: list[AdviceItem]
    before: str | None
    after: str | None


class MadeAnswer(BaseModel):
    """What was made, by its id."""

    id: str
