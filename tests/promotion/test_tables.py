"""Lists to take away and lists of several pages: what stands on the page stands in the file, no cell is a formula, and
the second page is there."""

import csv
import io
import re
import uuid
from typing import Any

import pytest
from sqlmodel import select

from portal.kit import paging
from portal.kit.clock import now
from portal.kit.signing import Ed25519Signer, public_text
from registry.promotion.models import Promotion, PromotionSite, SiteState, Stage
from registry.rollout.actions import nodes
from registry.rollout.forms import NodeInput
from registry.rollout.models import NodeState, ReceiptEvent, RolloutNode, RolloutReceipt
from tests.promotion.conftest import REASON, Desk
from tests.promotion.test_pilots import on_pilot
from tests.support.browser import Client

FORMULA = '=HYPERLINK("http://x")'


def table(client: Client, path: str) -> list[list[str]]:
    answer = client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/csv; charset=utf-8")
    assert "attachment" in answer.headers["content-disposition"]
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


def links(client: Client, path: str) -> str:
    found = re.search(r'href="([^"]*\.csv[^"]*)"', client.get(path).text)
    assert found, path
    return found[1].replace("&amp;", "&")


def titled(desk: Desk) -> None:
    desk.asset.title = FORMULA
    desk.db.add(desk.asset)
    desk.db.commit()


def many(desk: Desk, stage: Stage, n: int) -> list[uuid.UUID]:
    keys = [desk.nominate(desk.make.version(desk.asset, number=f"2.{each}.0")) for each in range(n)]
    for key in keys:
        desk.put(key, stage)
    return keys


def test_the_work_list_and_the_national_list(desk: Desk, client: Client) -> None:
    titled(desk)
    key = desk.nominate()
    desk.put(key, Stage.national)
    assert client.get("/promotions/queue.csv").status_code in (303, 401)
    client.sign_in(desk.owner)
    assert client.get("/promotions/queue.csv").status_code == 403
    client.sign_in(desk.secretary)
    where = links(client, "/promotions/queue?tab=national")
    assert where == "/promotions/queue.csv?tab=national"
    rows = table(client, where)
    assert (len(rows), rows[1][2], rows[1][-1]) == (2, "'" + FORMULA, str(key))
    assert len(table(client, "/promotions/queue.csv")) == 1, "nothing else is under way"
    client.sign_out()
    assert len(table(client, links(client, "/promotions/national?q=HYPERLINK"))) == 2
    assert len(table(client, "/promotions/national.csv?q=nothing")) == 1, "narrowed as the page is"


def test_sites_and_my_pilots(desk: Desk, client: Client) -> None:
    titled(desk)
    key = on_pilot(desk)
    offered = desk.offered(key)
    client.sign_in(desk.operator)
    rows = table(client, links(client, "/me/pilots"))
    assert (rows[1][2], rows[1][7], rows[1][-1]) == ("'" + FORMULA, "offered", str(offered))
    assert len(table(client, f"/promotions/{key}/sites.csv")) == 2
    client.sign_out()
    assert len(table(client, f"/promotions/{key}/sites.csv")) == 1, (
        "offers are between the node and the staff"
    )
    site = desk.db.exec(select(PromotionSite)).one()
    site.state, site.node = SiteState.piloting, FORMULA
    desk.db.add(site)
    desk.db.commit()
    rows = table(client, links(client, f"/promotions/{key}/pilots"))
    assert (rows[1][0], rows[1][4]) == ("'" + FORMULA, "piloting")
    assert client.get(f"/promotions/{uuid.uuid4()}/sites.csv").status_code == 404
    client.sign_in(desk.nominator)
    assert client.get("/me/pilots.csv").status_code == 403


def test_assessments(desk: Desk, client: Client) -> None:
    titled(desk)
    made = desk.certify()
    certifier = desk.make.account("认证员", roles=("certifier",))
    assert client.get("/certificates/queue.csv").status_code in (303, 401)
    client.sign_in(desk.owner)
    assert client.get("/certificates/queue.csv").status_code == 403
    rows = table(client, links(client, "/me/certificates"))
    assert (rows[1][0], rows[1][3], rows[1][5]) == (made.number, "'" + FORMULA, "valid")
    client.sign_in(desk.nominator)
    assert len(table(client, "/me/certificates.csv")) == 1
    client.sign_in(certifier)
    assert len(table(client, links(client, "/certificates/queue?tab=granted"))) == 2
    assert len(table(client, "/certificates/queue.csv")) == 1


def test_nodes_and_receipts(desk: Desk, client: Client) -> None:
    node = _node(desk, "节点一")
    desk.do(nodes.decide, desk.secretary, node_id=node.id, target=NodeState.confirmed, reason=REASON)
    _receipts(desk, node, 23)
    assert client.get("/nodes.csv").status_code in (303, 401)
    client.sign_in(desk.operator)
    rows = table(client, links(client, "/nodes?state=confirmed"))
    assert (len(rows), rows[1][0], rows[1][3]) == (2, "节点一", "confirmed")
    assert len(table(client, "/nodes.csv?state=closed")) == 1
    rows = table(client, links(client, f"/nodes/{node.id}"))
    assert ([row[0] for row in rows[1:]], rows[1][2]) == ([str(n) for n in range(23, 0, -1)], "'" + FORMULA)
    client.sign_in(desk.owner)
    assert client.get(f"/nodes/{node.id}/receipts.csv").status_code == 404


def _node(desk: Desk, name: str) -> RolloutNode:
    key = Ed25519Signer.generate()
    given = NodeInput(
        organisation=desk.unit.id, name=name, division="420100", public_key=public_text(key.verifier)
    )
    made: RolloutNode = desk.do(nodes.register, desk.operator, given=given)
    return made


def _receipts(desk: Desk, node: RolloutNode, n: int) -> None:
    facts = {"run": {"seconds": 1.5, "peak_memory_bytes": 9}, "sandbox": "strong"}
    desk.db.add_all(
        RolloutReceipt(
            node_id=node.id, number=each, version_id=desk.version.id, event=ReceiptEvent.ran, outcome=FORMULA,
            at=now(), digest=f"{each:064x}", envelope={}, facts=facts,
        )
        for each in range(1, n + 1)
    )  # fmt: skip
    desk.db.commit()


def walked(client: Client, path: str, pattern: str) -> list[str]:
    """What a list shows, page after page, and the same backwards from the last."""
    found, page = [], path
    pages = []
    for _turn in range(9):
        text = client.get(page).text
        pages.append(list(dict.fromkeys(re.findall(pattern, text))))
        onward = re.search(r'href="([^"]*[?;&]after=[^"]*)"', text)
        if onward is None:
            break
        page = onward[1].replace("&amp;", "&")
    for each in pages:
        found += each
    back = re.search(r'href="([^"]*[?;&]before=[^"]*)"', text)
    assert back is not None, "there are several"
    assert (
        list(dict.fromkeys(re.findall(pattern, client.get(back[1].replace("&amp;", "&")).text))) == pages[-2]
    )
    return found


@pytest.mark.parametrize("path", ["/promotions", "/promotions?stage=pilot", "/promotions/queue"])
def test_promotions_on_several_pages(desk: Desk, client: Client, path: str) -> None:
    keys = {str(key) for key in many(desk, Stage.pilot, 45)}
    client.sign_in(desk.secretary)
    found = walked(client, path, r'href="/promotions/([0-9a-f-]{36})"')
    assert (len(found), set(found)) == (45, keys)
    seen = client.get("/api/v1/promotions").json()
    second = client.get(f"/api/v1/promotions?after={seen['after']}").json()
    assert not {each["id"] for each in seen["items"]} & {each["id"] for each in second["items"]}


def test_national_list_on_several_pages(desk: Desk, client: Client) -> None:
    keys = {str(key) for key in many(desk, Stage.national, 25)}
    assert set(walked(client, "/promotions/national", r'href="/promotions/([0-9a-f-]{36})"')) == keys


def test_nodes_and_receipts_on_several_pages(desk: Desk, client: Client) -> None:
    made = {str(_node(desk, f"节点{n:02d}").id) for n in range(25)}
    client.sign_in(desk.operator)
    assert set(walked(client, "/nodes", r'href="/nodes/([0-9a-f-]{36})"')) == made
    one = desk.db.get_one(RolloutNode, uuid.UUID(min(made)))
    _receipts(desk, one, 45)
    found = walked(client, f"/nodes/{one.id}", r"<h3>(?:第|No\. )?\s*(\d+)")
    assert found == [str(n) for n in range(45, 0, -1)]


def test_a_list_whose_keys_are_not_its_last_columns_is_refused(desk: Desk) -> None:
    columns: Any = (Promotion.id, Promotion.stage)
    with pytest.raises(TypeError):
        paging.keyset(desk.db, select(*columns), [Promotion.id])  # type: ignore[list-item]
