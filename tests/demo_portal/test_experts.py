"""The demo's pool of experts: every state is there, marked as demo, and a second run makes nothing."""

import pytest
from sqlmodel import Session, select

from portal.accounts.models import Account
from portal.demo import experts, people, publicity
from portal.demo.cast import UNITS
from portal.demo.experts_cast import MEMBERS, QUESTIONS
from portal.experts.advice.models import AdviceRequest, AdviceState
from portal.experts.models import IN_POOL, Affiliation, DeclaredRelation, Discipline, Expert, ExpertState
from portal.kit.db import transaction
from tests.support.browser import Client
from tests.support.make import PASSWORD, Make


@pytest.mark.slow
def test_made_once(client: Client, make: Make, db: Session) -> None:
    with transaction() as session:
        people.ensure_people(session, PASSWORD)
    with transaction() as session:
        people.ensure_units(session, {unit.slug: (f"{unit.slug} 演示", unit.slug) for unit in UNITS})
    assert experts.ensure_experts()
    assert not experts.ensure_experts()
    assert publicity.ensure_publicity()
    assert not publicity.ensure_publicity()
    assert "专家库增补人选公示" in client.get("/publicity?tab=over").text
    assert "监测算法评审结果公示" in client.get("/publicity?tab=running").text
    made = db.exec(select(Expert)).all()
    assert {row.state for row in made} == set(ExpertState)
    assert len(made) == len(MEMBERS)
    assert len([row for row in made if row.state in {*IN_POOL, ExpertState.paused}]) == 24
    assert all(row.demo for row in made)
    assert all(account.demo for account in db.exec(select(Account)))
    assert len(db.exec(select(Discipline)).all()) == 41
    assert len(db.exec(select(DeclaredRelation)).all()) >= 5
    assert [row for row in db.exec(select(Affiliation)) if row.until]
    questions = db.exec(select(AdviceRequest)).all()
    assert len(questions) == len(QUESTIONS) == 6
    assert {row.state for row in questions} >= {
        AdviceState.asked, AdviceState.routed, AdviceState.answered, AdviceState.closed, AdviceState.refused,
    }  # fmt: skip
    page = client.get("/experts").text
    assert "顾言" in page
    assert "何砚" not in client.get("/experts.csv").text, "no public page, no row"
    assert "完整社区覆盖率" in client.get("/advice").text
    assert "退缩线" not in client.get("/advice").text
