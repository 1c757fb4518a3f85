"""Rounds of review: one that runs and one in preparation, and the pages of all sides."""

import re
from typing import Any

from sqlmodel import Session, select

from portal.accounts.sessions import actor_of
from portal.experts.models import Expert, ExpertState
from portal.kit.actor import SYSTEM
from portal.kit.clock import now
from portal.kit.db import engine, transaction
from portal.notices.models import Mail
from portal.reviews.rounds.actions import drafting, invitations, lifecycle, submissions, templates
from portal.reviews.rounds.forms import (
    AnswerForm,
    ExclusionForm,
    NewRoundForm,
    PersonForm,
    SeatForm,
    SubmissionForm,
)
from portal.reviews.rounds.queries import basic
from portal.reviews.staffing import checker

TEXT = "**方法**：多时相影像识别用地变化。\n\n- 样本经实地核查\n- 检验区与训练区分开\n\n**局限**：小图斑召回率偏低。\n"
assert checker, "seats are given only where conflicts can be found"


def add(world: Any) -> None:
    """Make what the pages show."""
    experts = [world.make.account(f"评审专家{name}") for name in "甲乙丙"]
    applicant = world.make.account("申报人")
    world.people |= {"judge": experts[0], "applicant": applicant}
    with Session(engine()) as db:
        db.add_all([Expert(account_id=one.id, state=ExpertState.active, checked_at=now()) for one in experts])
        db.commit()
    with transaction() as db:
        templates.load_shipped(db, SYSTEM)
    running = _running(world, experts, applicant)
    with transaction() as db:
        given = NewRoundForm(title_zh="准备中的青年学者遴选", template="young-scholars")
        draft = drafting.create(db, _as(world, "secretariat", db), given=given)
        text = SubmissionForm(title="遥感与规划的交叉研究", text=TEXT, anonymous=True)
        submissions.enter_text(db, _as(world, "secretariat", db), round_id=draft.id, given=text)
    at = f"/rounds/{running}"
    with transaction() as db:
        invited = basic.invitation(db, running, experts[1].id)
        assert invited is not None
        mail = db.exec(select(Mail).where(Mail.recipient == experts[2].account.email)).one()
    link = re.findall(r"/reviews/answer/\S+", mail.body)[0]
    world.people["invited"] = experts[1]
    for who, pages in {
        "": ["/rounds", at, "/rounds?q=nothing-at-all", link, f"{link}/decline"],
        "secretariat": [
            "/rounds", "/rounds/new", "/admin/round-templates", "/admin/round-templates/new",
            "/admin/round-templates/panel-review", "/admin/round-templates/panel-review/names", at, f"{at}/submissions",
            f"{at}/submissions/1", f"{at}/invitations", f"{at}/edit", f"/rounds/{draft.id}",
            f"/rounds/{draft.id}/shape", f"/rounds/{draft.id}/submissions", f"/rounds/{draft.id}/submissions/new",
            f"/rounds/{draft.id}/submissions/1/edit",
            f"/rounds/{draft.id}/submissions/new?by=table",
            f"/rounds/{draft.id}/submissions/new?by=subject",
        ],
        "judge": ["/rounds?mine=1", at, f"{at}/submissions/1", "/me/invitations"],
        "invited": [f"/me/invitations/{invited.id}"],
        "applicant": [at, f"{at}/submissions/1", "/me/invitations"],
    }.items():  # fmt: skip
        world.pages.setdefault(who, [])
        world.pages[who] += pages


def _as(world: Any, who: str, db: Any) -> Any:
    return actor_of(db, world.people[who].id)


def _running(world: Any, experts: list[Any], applicant: Any) -> Any:
    with transaction() as db:
        secretary = _as(world, "secretariat", db)
        given = NewRoundForm(
            title_zh="规划实施监测算法专家评审", title_en="Review of monitoring algorithms", template="panel-review",
            summary_zh="遴选方法可靠、可复现的监测算法。", public=True,
        )  # fmt: skip
        key = drafting.create(db, secretary, given=given).id
        for number, title in enumerate(("建设用地变化的早期识别", "城市体检设施可达性算法"), 1):
            text = SubmissionForm(title=title, text=TEXT, panel="监测组", keywords="变化检测")
            submissions.enter_text(db, secretary, round_id=key, given=text)
            where: Any = {"round_id": key, "number": number}
            named = PersonForm(person=applicant.namespace.slug, lead=True)
            submissions.add_person(db, secretary, **where, given=named)
            barred = ExclusionForm(name="某专家", reason="存在争议")
            submissions.add_exclusion(db, secretary, **where, given=barred)
            for one in experts:
                seat = SeatForm(expert=one.namespace.slug, number=number)
                invitations.give(db, secretary, round_id=key, given=seat)
        lifecycle.begin_inviting(db, secretary, round_id=key)
    with transaction() as db:
        row = basic.invitation(db, key, experts[0].id)
        assert row is not None
        given_answer = AnswerForm(accept=True, pledge=True)
        invitations.answer(db, _as(world, "judge", db), invitation_id=row.id, given=given_answer)
    return key
