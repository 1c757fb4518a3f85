"""The pool of experts, advice, the tree of organisations: something in every state, and the pages of all sides."""

import datetime as dt
from typing import Any

from portal.accounts.sessions import actor_of
from portal.experts.actions import disciplines, dossier, lifecycle, nominations, profile
from portal.experts.advice import actions as advice
from portal.experts.advice.forms import AnswerForm, AskForm
from portal.experts.advice.models import AnswerSight
from portal.experts.forms import AffiliationForm, ProfileForm, RelationForm
from portal.experts.models import PublicField, RelationKind
from portal.kit.actor import SYSTEM
from portal.kit.db import transaction
from portal.organisations import actions as organisations

GROUNDS = "长期从事国土空间规划实施监测与评估，主持多项城市体检课题。"
QUESTION = "我市拟开展年度城市体检，请问完整社区覆盖率如何用现有底图计算？\n\n- 有社区边界\n- 有步行路网\n"
ANSWER = "可按十五分钟步行网络计算覆盖的**常住人口**，再除以全部常住人口。\n"


def add(world: Any) -> None:
    """Make what the pages show."""
    people = {
        "expert": world.make.account("顾言"),
        "novice": world.make.account("柏如"),
        "candidate": world.make.account("岑溪"),
        "sleeper": world.make.account("高杉"),
    }
    boss = world.make.account("院长甲")
    unit = world.make.organisation("示例规划设计研究总院", admin=boss, publishers=tuple(people.values()))
    world.people |= people | {"boss": boss}
    for who in (*people, "boss"):
        world.pages.setdefault(who, [])
    with transaction() as db:
        disciplines.load_proposed(db, SYSTEM)
    experts = {who: _enter(world, unit, who) for who in people}
    _tree(world, unit)
    _questions(world, experts)
    _list(world, unit, experts)


def _as(world: Any, who: str, db: Any) -> Any:
    return actor_of(db, world.people[who].id)


def _enter(world: Any, unit: Any, who: str) -> Any:
    slug = unit.namespace.slug
    with transaction() as db:
        if who == "novice":
            return nominations.recommend(
                db, _as(world, "boss", db), organisation_id=unit.organisation.id,
                person=world.people[who].namespace.slug, grounds=GROUNDS,
            )  # fmt: skip
        expert = nominations.nominate_self(db, _as(world, who, db), organisation=slug, grounds=GROUNDS)
    if who == "candidate":
        return expert
    with transaction() as db:
        secretary = _as(world, "secretariat", db)
        nominations.confirm(db, _as(world, "boss", db), expert_id=expert.id, confirmed=True)
        nominations.admit(db, secretary, expert_id=expert.id, senior=True)
    given = ProfileForm(
        disciplines=["A05", "D05", "F03"], keywords="城市体检\n完整社区\n空间计量", titles="教授级高级工程师",
        orcid="0000-0002-1825-0097", publications="- 顾言等：《城市体检指标体系研究》", languages=["zh", "en"],
        biography_zh="从事城市体检与社区生活圈研究。", biography_en="Works on urban health examination.",
        listed=True, public=list(PublicField),
    )  # fmt: skip
    with transaction() as db:
        me = _as(world, who, db)
        profile.save(db, me, given=given)
        lifecycle.set_senior(db, _as(world, "secretariat", db), expert_id=expert.id, senior=True)
        made = dossier.add_affiliation(
            db, me, given=AffiliationForm(organisation=slug, position="总规划师", since=dt.date(2015, 3, 1))
        )
        if who == "expert":
            dossier.judge_affiliation(db, _as(world, "boss", db), affiliation_id=made.id, confirmed=True)
            old = AffiliationForm(
                name="示例城市研究中心", since=dt.date(2005, 7, 1), until=dt.date(2015, 2, 28)
            )
            dossier.add_affiliation(db, me, given=old)
            dossier.declare(
                db, me, given=RelationForm(kind=RelationKind.adviser, other_name="苏某", note="博士生导师")
            )
        else:
            lifecycle.ask_check(db, _as(world, "secretariat", db), expert_id=expert.id)
    return expert


def _tree(world: Any, unit: Any) -> None:
    top = world.make.organisation("示例省自然资源厅", admin=world.people["owner"])
    branch = world.make.organisation("示例规划院分院", admin=world.people["boss"])
    day = dt.date(2019, 1, 1)
    with transaction() as db:
        organisations.set_parent(
            db, _as(world, "secretariat", db), organisation_id=unit.organisation.id, parent=top.namespace.slug,
            since=day, statement="三定方案",
        )  # fmt: skip
        organisations.propose_parent(
            db, _as(world, "boss", db), organisation_id=branch.organisation.id, parent=unit.namespace.slug,
            since=day, statement="分支机构登记证书",
        )  # fmt: skip
    world.pages["boss"] += [
        f"/organisations/{unit.namespace.slug}/tree",
        f"/organisations/{unit.namespace.slug}",
    ]
    world.pages["secretariat"] += [
        "/organisations/tree", f"/organisations/{unit.namespace.slug}/tree",
        f"/organisations/{branch.namespace.slug}/tree",
    ]  # fmt: skip


def _questions(world: Any, experts: dict[str, Any]) -> None:
    given = {"text": QUESTION, "disciplines": ["A05"], "keywords": "城市体检", "public": True}
    with transaction() as db:
        asker, secretary = _as(world, "researcher", db), _as(world, "secretariat", db)
        first = advice.ask(db, asker, given=AskForm(title="完整社区覆盖率如何计算？", **given))
        second = advice.ask(db, asker, given=AskForm(title="体检指标的更新频率", **given))
        third = advice.ask(db, asker, given=AskForm(title="分母应取常住人口吗？", **given))
        for request in (first, second):
            advice.route(db, secretary, request_id=request.id, experts=[experts["expert"].id])
        answer = AnswerForm(text=ANSWER, sight=AnswerSight.named)
        advice.answer(db, _as(world, "expert", db), request_id=first.id, given=answer)
    world.pages[""] += [
        "/advice",
        f"/advice/{first.id}",
        "/advice?q=nothing-at-all",
        "/advice?discipline=A05",
    ]
    world.pages["researcher"] += ["/advice/new", "/me/advice", f"/advice/{first.id}", f"/advice/{third.id}"]
    world.pages["expert"] += ["/me/advice", f"/advice/{second.id}"]
    world.pages["secretariat"] += [
        "/admin/advice", "/admin/advice?tab=done", f"/advice/{first.id}", f"/advice/{third.id}/route",
    ]  # fmt: skip
    world.pages["certifier"] += ["/advice/new"]


def _list(world: Any, unit: Any, experts: dict[str, Any]) -> None:
    slug = world.people["expert"].namespace.slug
    world.pages[""] += [
        "/experts",
        "/experts?discipline=A05&keyword=x",
        "/experts?q=nothing",
        f"/experts/{slug}",
    ]
    mine = ["profile", "capacity", "affiliations", "relations"]
    world.pages["expert"] += ["/me/expert", *(f"/me/expert/{name}" for name in mine), f"/experts/{slug}"]
    world.pages["novice"] += ["/me/expert", "/me/expert/nominate"]
    world.pages["candidate"] += ["/me/expert"]
    world.pages["sleeper"] += ["/me/expert", "/me/expert/relations"]
    world.pages["certifier"] += ["/me/expert", "/me/expert/nominate"]
    world.pages["boss"] += [f"/organisations/{unit.namespace.slug}/experts"]
    world.pages["secretariat"] += [
        "/admin/experts", "/admin/experts?tab=active", "/admin/experts?tab=asked",
        f"/admin/experts/{experts['expert'].id}", f"/admin/experts/{experts['candidate'].id}", "/admin/disciplines",
        "/admin/disciplines/new", "/admin/disciplines/A05",
    ]  # fmt: skip
