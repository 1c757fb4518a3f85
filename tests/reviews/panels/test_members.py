"""Members of a planned session are changed by the secretariat: told, recorded, and no longer once it is opened."""

from sqlmodel import col, select

from portal.audit.models import AuditEvent
from portal.notices.models import Notice
from portal.reviews.panels.models import MemberRole, PanelItem, PanelMember
from portal.reviews.rounds.standing import standing_of
from tests.reviews.panels.conftest import Panel
from tests.support.browser import Client


def sent(panel: Panel, chair: int = 0, members: tuple[int, ...] = (1, 2, 3, 4), *more: str) -> dict[str, str]:
    slugs = [one.namespace.slug for one in panel.voters]
    return {
        "chair": slugs[chair],
        "members": " ".join([*(slugs[n] for n in members), *more]),
        "secretary": panel.secretary.namespace.slug,
    }


def roles(panel: Panel) -> dict[str, MemberRole]:
    rows = panel.found.db.exec(
        select(PanelMember).where(PanelMember.session_id == panel.session.id),
        execution_options={"populate_existing": True},
    )
    return {str(row.account_id): row.role for row in rows}


def told(panel: Panel, person: object) -> list[str]:
    rows = panel.found.db.exec(select(Notice).where(Notice.account_id == person.id).order_by(col(Notice.id)))  # type: ignore[attr-defined]
    return [row.message for row in rows]


def test_members_come_and_go_and_the_chair_is_replaced(panel: Panel, client: Client) -> None:
    fresh = panel.found.make.account("新评委")
    page = f"{panel.url}/members"
    panel.found.enter(client, panel.found.secretary)
    assert panel.voters[2].namespace.slug in client.get(page).text
    assert client.post(page, data=sent(panel, 1, (0, 2, 3), fresh.namespace.slug)).status_code == 303
    now = roles(panel)
    assert now[str(panel.voters[1].id)] is MemberRole.chair
    assert now[str(panel.voters[0].id)] is MemberRole.member
    assert now[str(fresh.id)] is MemberRole.member
    assert str(panel.voters[4].id) not in now
    assert told(panel, fresh) == ["You are on a panel: %(title)s, %(when)s"]
    assert told(panel, panel.voters[4])[-1] == "You are no longer on this panel: %(title)s"
    assert told(panel, panel.voters[1])[-1].startswith("Your part in a panel session is now")
    assert len(told(panel, panel.voters[2])) == 1
    (event,) = panel.found.db.exec(select(AuditEvent).where(AuditEvent.verb == "panel_session.members")).all()
    assert str(fresh.id) in str(event.evidence)
    assert not standing_of(panel.found.db, panel.found.actor(panel.voters[4]), panel.found.round).panellist
    assert client.post(page, data=sent(panel, 1, (0, 2, 3), fresh.namespace.slug)).status_code == 303
    assert len(told(panel, fresh)) == 1, "nothing changed, so nobody is told"


def test_only_the_secretariat_and_only_before_it_is_opened(panel: Panel, client: Client) -> None:
    page = f"{panel.url}/members"
    for person in (panel.voters[0], panel.secretary, panel.found.applicants[0]):
        panel.found.enter(client, person)
        assert client.get(page).status_code == 404
        assert client.post(page, data=sent(panel)).status_code == 404
    panel.begin()
    panel.found.enter(client, panel.found.secretary)
    assert 'name="chair"' not in client.get(page).text
    assert client.post(page, data=sent(panel, 1, (0, 2, 3))).status_code == 409


def test_wrong_names_and_useless_members_are_refused_and_conflicts_order_the_agenda(
    panel: Panel, client: Client
) -> None:
    page = f"{panel.url}/members"
    panel.found.enter(client, panel.found.secretary)
    answer = client.post(
        page, data=sent(panel, 0, (1, 2), "nobody-here", panel.found.applicants[0].namespace.slug)
    )
    assert answer.status_code == 422
    assert "没有名为“nobody-here”的用户" in answer.text
    fresh = panel.found.make.account("新评委")
    for item in panel.items:
        panel.conflicts.add(fresh.id, item.submission_id)
    answer = client.post(page, data=sent(panel, 0, (1, 2), fresh.namespace.slug))
    assert answer.status_code in (409, 422)
    assert "议程上的所有项目" in answer.text
    assert str(fresh.id) not in roles(panel)
    panel.conflicts.pairs.clear()
    for item in panel.items[1:3]:
        panel.conflicts.add(panel.voters[1].id, item.submission_id)
    panel.conflicts.add(fresh.id, panel.items[0].submission_id)
    assert client.post(page, data=sent(panel, 0, (1, 2), fresh.namespace.slug)).status_code == 303
    order = panel.found.db.exec(
        select(PanelItem).where(PanelItem.session_id == panel.session.id).order_by(col(PanelItem.position)),
        execution_options={"populate_existing": True},
    ).all()
    assert [one.position for one in order] == list(range(1, len(panel.items) + 1))
    assert order[0].submission_id not in {one.submission_id for one in panel.items[:3]}, (
        "first an item nobody leaves for"
    )
