"""The demo's pool of experts: put in by the same actions people use; finds out by itself what is done already."""

import datetime as dt

from portal.accounts import queries as accounts
from portal.accounts.actions.people import insert_account
from portal.accounts.sessions import actor_of
from portal.audit.actions import record
from portal.demo.cast import DOMAIN, Unit
from portal.demo.experts_cast import HOUSES, MEMBERS, QUESTIONS, TREE, House, Member, Question
from portal.demo.people import STATEMENT, actor, code_of
from portal.experts.actions import disciplines, dossier, lifecycle, nominations, profile
from portal.experts.actions.common import move
from portal.experts.advice import actions as advice
from portal.experts.advice.forms import AnswerForm, AskForm
from portal.experts.forms import AffiliationForm, ProfileForm, RelationForm
from portal.experts.models import Expert, ExpertState, Language, PublicField
from portal.experts.queries import disciplines as taxonomy
from portal.experts.queries import pool
from portal.kit.actor import NOBODY, SYSTEM, Actor
from portal.kit.clock import now, shanghai
from portal.kit.db import Session, transaction
from portal.organisations import actions as organisations
from portal.organisations import queries as organisation_queries
from portal.organisations.models import Membership

GROUNDS = "长期从事相关领域的规划编制与研究，主持或参加过多项规划实施评估。（虚构）"
INTEGRITY = "向参评单位透露评审意见，经核查属实。（虚构）"
REFUSED = "标书修改不属于专家咨询的范围，请通过委托方式办理。"


def ensure_experts() -> bool:
    """Make the pool with its organisations and questions, once; whether anything was made."""
    with transaction() as db:
        if taxonomy.all_of(db):
            return False
        disciplines.load_proposed(db, SYSTEM)
    with transaction() as db:
        _ensure_houses(db)
    for member in MEMBERS:
        with transaction() as db:
            _ensure_member(db, member)
    for question in QUESTIONS:
        with transaction() as db:
            _ask(db, question)
    return True


def _ensure_houses(db: Session) -> None:
    secretary = actor(db, "secretary")
    for house in HOUSES:
        if accounts.namespace(db, house.slug) is None:
            _register(db, house, secretary)
    for lower, upper, since in TREE:
        found = organisation_queries.by_slug(db, SYSTEM, lower)
        if found is not None:
            organisations.set_parent(
                db, secretary, organisation_id=found[0].id, parent=upper, since=dt.date.fromisoformat(since),
                statement=STATEMENT,
            )  # fmt: skip


def _register(db: Session, house: House, secretary: Actor) -> None:
    code = code_of(Unit(house.slug, house.kind, house.code_body, house.division, "", house.admin))
    made = organisations.register(
        db, actor(db, house.admin), name=house.name, name_en=house.name_en, kind=house.kind, credit_code=code,
        namespace=house.slug, division_code=house.division, summary="演示用虚构机构。", confirm_similar=True,
        demo=True,
    )  # fmt: skip
    db.flush()
    organisations.request_verification(
        db, actor(db, house.admin), organisation_id=made.id, statement=STATEMENT
    )
    organisations.approve(db, secretary, organisation_id=made.id)


def _person(db: Session, member: Member) -> Actor:
    """Whoever plays the member. People of the pool alone have no password: nobody signs in as them."""
    email = f"{member.login}@{DOMAIN}"
    account = accounts.by_email(db, email)
    if account is None:
        account = insert_account(
            db, NOBODY, email=email, name=member.name, password_hash="!", namespace=member.slug,  # noqa: S106
            locale="zh_Hans", demo=True,
        )  # fmt: skip
        account.bio = "（虚构人物）"
        db.add(account)
        db.flush()
    found = organisation_queries.by_slug(db, SYSTEM, member.unit)
    if found is not None and organisation_queries.membership(db, found[0].id, account.id) is None:
        membership = Membership(organisation_id=found[0].id, account_id=account.id)
        db.add(membership)
        db.flush()
        record(db, SYSTEM, verb="membership.begun", object=membership, role=membership.role.value)
    return actor_of(db, account.id)


def _ensure_member(db: Session, member: Member) -> None:
    """One person up to the state the cast names, by the ways that lead there."""
    person = _person(db, member)
    if member.state is ExpertState.nominated:
        _recommend(db, member)
        return
    expert = nominations.nominate_self(db, person, organisation=member.unit, grounds=GROUNDS)
    _mark(db, expert)
    if member.state is ExpertState.lapsed:
        move(db, SYSTEM, expert, ExpertState.lapsed, "system")
    if member.state in {ExpertState.confirming, ExpertState.lapsed}:
        return
    secretary = actor(db, "secretary")
    nominations.confirm(db, secretary, expert_id=expert.id, confirmed=True)
    if member.state is ExpertState.declined:
        nominations.decline(
            db, secretary, expert_id=expert.id, reason="从业年限不足，建议积累项目经验后再提名。"
        )
        return
    _describe(db, person, member)
    if member.state is ExpertState.admitting:
        return
    nominations.admit(db, secretary, expert_id=expert.id, senior=member.senior)
    _state_dossier(db, person, member)
    _further(db, person, secretary, expert, member.state)


def _recommend(db: Session, member: Member) -> None:
    unit = organisation_queries.by_slug(db, SYSTEM, member.unit)
    assert unit is not None  # noqa: S101 - the organisations come first
    boss = next(actor_of(db, account_id) for account_id in organisation_queries.admins(db, unit[0].id))
    expert = nominations.recommend(db, boss, organisation_id=unit[0].id, person=member.slug, grounds=GROUNDS)
    _mark(db, expert)


def _mark(db: Session, expert: Expert) -> None:
    """Say that this is demo content; flushed at once, because actions read rows anew when they lock them."""
    expert.demo = True
    db.add(expert)
    db.flush()


def _further(db: Session, person: Actor, secretary: Actor, expert: Expert, state: ExpertState) -> None:
    if state is ExpertState.recheck:
        lifecycle.ask_check(db, secretary, expert_id=expert.id)
    elif state is ExpertState.paused:
        until = shanghai(now()).date() + dt.timedelta(days=60)
        lifecycle.pause(db, person, until=until, reason="出国访学")
    elif state is ExpertState.withdrawn:
        lifecycle.leave(db, person)
    elif state is ExpertState.removed:
        lifecycle.remove(db, secretary, expert_id=expert.id, reason=INTEGRITY)


def _describe(db: Session, person: Actor, member: Member) -> None:
    shown = [item for item in PublicField if item.value not in member.hides]
    given = ProfileForm(
        disciplines=member.disciplines.split(),
        keywords=member.keywords,
        titles=member.titles,
        publications=f"- {member.name}等：《{member.keywords.split('、')[0]}研究》（虚构）",
        languages=[Language.zh, Language.en],
        biography_zh=f"从事{member.keywords}方面的工作。（虚构人物）",
        biography_en="A fictitious person of the demonstration.",
        listed="all" not in member.hides,
        public=shown if "all" not in member.hides else [],
    )
    profile.save(db, person, given=given)


def _state_dossier(db: Session, person: Actor, member: Member) -> None:
    secretary = actor(db, "secretary")
    forms = [
        AffiliationForm(organisation=member.unit, position=member.titles, since=dt.date(member.since, 7, 1))
    ]
    if member.former is not None:
        name, first, last = member.former
        forms.append(AffiliationForm(name=name, since=dt.date(first, 7, 1), until=dt.date(last, 6, 30)))
    for form in forms:
        made = dossier.add_affiliation(db, person, given=form)
        dossier.judge_affiliation(db, secretary, affiliation_id=made.id, confirmed=True)
    if member.relation is not None:
        kind, other, note = member.relation
        known = accounts.namespace(db, f"demo-{other}") is not None if other.isascii() else False
        relation = RelationForm(
            kind=kind, person=f"demo-{other}" if known else "", other_name="" if known else other, note=note
        )
        dossier.declare(db, person, given=relation)


def _by_login(db: Session, login: str) -> Actor:
    account = accounts.by_email(db, f"{login}@{DOMAIN}")
    return actor_of(db, account.id) if account is not None else NOBODY


def _ask(db: Session, question: Question) -> None:
    asker, secretary = _by_login(db, question.asker), actor(db, "secretary")
    given = AskForm(
        title=question.title, text=question.text, disciplines=question.disciplines.split(),
        keywords=question.keywords, public=question.public,
    )  # fmt: skip
    request = advice.ask(db, asker, given=given)
    request.demo = True
    db.add(request)
    db.flush()
    if question.end == "refuse":
        advice.refuse(db, secretary, request_id=request.id, reason=REFUSED)
        return
    experts = [pool.of_account(db, _by_login(db, login).id) for login in question.routed]
    chosen = [expert.id for expert in experts if expert is not None]
    if chosen:
        advice.route(db, secretary, request_id=request.id, experts=chosen)
    for login, sight, text in question.answers:
        advice.answer(
            db, _by_login(db, login), request_id=request.id, given=AnswerForm(text=text, sight=sight)
        )
    if question.end == "close":
        advice.close(db, asker, request_id=request.id)
