"""Demo accounts and organisations, by the same actions people use."""

from portal.accounts import actions as accounts
from portal.accounts import passwords
from portal.accounts import queries as account_queries
from portal.accounts.models import Account
from portal.accounts.sessions import actor_of
from portal.audit.actions import record
from portal.demo.cast import PEOPLE, UNITS, Person, Unit, person
from portal.kit.actor import NOBODY, SYSTEM, Actor
from portal.kit.db import Session
from portal.organisations import actions as organisations
from portal.organisations import credit_code
from portal.organisations import queries as organisation_queries
from portal.organisations.models import Membership, Organisation, Verification

STATEMENT = "演示机构，由安装程序登记，用于展示核验流程。"


def ensure_people(db: Session, secret: str) -> int:
    """Make the accounts that are missing, and give all of them the installation's password; how many were made."""
    made = 0
    for item in PEOPLE:
        account = account_queries.by_email(db, item.email)
        if account is None:
            account = _register(db, item, secret)
            made += 1
        elif not passwords.verify(account.password_hash, secret):
            account.password_hash = passwords.hash_password(secret)
            db.add(account)
            db.flush()
        accounts.give_totp(db, account)
        if item.role is not None:
            accounts.grant_role(db, SYSTEM, account_id=account.id, role=item.role, reason=STATEMENT)
    return made


def _register(db: Session, item: Person, secret: str) -> Account:
    account = accounts.register_account(
        db,
        NOBODY,
        email=item.email,
        name=item.name,
        password=secret,
        namespace=item.slug,
        locale="zh_Hans",
        affiliation=item.affiliation,
        demo=True,
    )
    account.bio = item.bio
    db.add(account)
    db.flush()
    return account


def actor(db: Session, login: str) -> Actor:
    """The actor that a demo person is now."""
    account = account_queries.by_email(db, person(login).email)
    return actor_of(db, account.id) if account is not None else NOBODY


def ensure_units(db: Session, names: dict[str, tuple[str, str]]) -> int:
    """Register the organisations that are missing and have the secretariat verify them; how many were made.

    ``names``: short name -> Chinese and English name.
    """
    made = 0
    for unit in UNITS:
        if account_queries.namespace(db, unit.slug) is None:
            ensure_unit(db, unit, *names[unit.slug])
            made += 1
    return made


def ensure_unit(db: Session, unit: Unit, name: str, name_en: str) -> None:
    """Register one organisation and have the secretariat verify it."""
    organisation = organisations.register(
        db,
        actor(db, unit.admin),
        name=name,
        name_en=name_en,
        kind=unit.kind,
        credit_code=code_of(unit),
        namespace=unit.slug,
        division_code=unit.division,
        summary=unit.summary,
        demo=True,
    )
    db.flush()
    _join(db, organisation, unit)
    organisations.request_verification(
        db, actor(db, unit.admin), organisation_id=organisation.id, statement=STATEMENT
    )
    db.flush()
    if organisation.verification is Verification.requested:
        organisations.approve(db, actor(db, "secretary"), organisation_id=organisation.id)
    db.flush()


def _join(db: Session, organisation: Organisation, unit: Unit) -> None:
    """The members. Written directly: an invitation's secret goes by mail, and these people have no mailbox."""
    for login, role in unit.members.items():
        member = actor(db, login)
        if member.id is None or organisation_queries.membership(db, organisation.id, member.id) is not None:
            continue
        membership = Membership(organisation_id=organisation.id, account_id=member.id, role=role)
        db.add(membership)
        db.flush()
        record(db, SYSTEM, verb="membership.begun", object=membership, role=role.value)


def code_of(unit: Unit) -> str:
    """A well-formed unified social credit code (GB 32100-2015) that no register knows: 9999… as the body."""
    kind = {"university": "12", "institute": "12", "government": "11", "company": "91", "association": "51"}
    first = kind[unit.kind.value] + unit.division + unit.code_body
    first += credit_code.organisation_check_character(unit.code_body)
    return first + credit_code.check_character(first)
