"""A witness follows the log over HTTP, as a node does, and accepts only what continues what it has seen."""

import base64

from sqlmodel import Session

from portal.audit import actions, checkpoints, merkle, queries
from portal.kit.actor import SYSTEM
from portal.kit.signing import note
from tests.audit.conftest import Fill, Sign, Witness
from tests.support.browser import Client


def _hashes(answer: dict[str, list[str]]) -> list[bytes]:
    return [base64.b64decode(text) for text in answer["hashes"]]


def test_a_witness_follows_the_log(
    db: Session, client: Client, fill: Fill, sign: Sign, witness: Witness
) -> None:
    assert client.get("/api/v1/log/checkpoint").status_code == 404
    actions.add_witness(db, SYSTEM, key=witness.key.text())
    fill(4)
    sign()
    row = queries.key(db)
    assert row is not None
    key = actions.log_key(row)
    size, root = 0, merkle.EMPTY
    for _ in range(3):
        text = client.get("/api/v1/log/checkpoint").text
        seen = checkpoints.verified(text, key)
        answer = client.get(f"/api/v1/log/consistency?first={size}&second={seen.size}").json()
        assert merkle.consistent(size, seen.size, _hashes(answer), root, seen.root)
        size, root = seen.size, seen.root
        posted = client.post("/api/v1/log/cosignatures", json={"note": witness.cosign(text)})
        assert (posted.status_code, posted.json()) == (200, {"alarm": False})
        after = note.parse(client.get("/api/v1/log/checkpoint").text)
        assert note.cosignatures(after, [witness.key]) == {"node-43": 1_780_000_000}
        fill(3)
        sign()


def test_inclusion_and_entries(db: Session, client: Client, fill: Fill, sign: Sign) -> None:
    fill(11)
    made = sign()
    fill(1)
    items = client.get("/api/v1/log/entries").json()["items"]
    assert [item["index"] for item in items] == list(range(12))
    for index in range(11):
        answer = client.get(f"/api/v1/log/inclusion?index={index}").json()
        assert answer["leaf_hash"] == items[index]["hash"]
        leaf = base64.b64decode(answer["leaf_hash"])
        assert merkle.included(leaf, index, 11, _hashes(answer), made.root)
    older = client.get("/api/v1/log/inclusion?index=2&size=5").json()
    root = merkle.root(base64.b64decode(item["hash"]) for item in items[:5])
    assert merkle.included(base64.b64decode(older["leaf_hash"]), 2, 5, _hashes(older), root)
    for query in ("index=11", "index=2&size=12", "index=5&size=5"):
        assert client.get(f"/api/v1/log/inclusion?{query}").status_code == 404
    assert client.get("/api/v1/log/consistency?first=5&second=12").status_code == 404
    assert client.get("/api/v1/log/consistency?first=5&second=4").status_code == 404
    assert client.get("/api/v1/log/entries?start=-1").status_code == 422
    assert client.get("/api/v1/log/entries?start=99").json() == {"items": [], "next": None}


def test_strangers_hand_in_nothing(client: Client, fill: Fill, sign: Sign, witness: Witness) -> None:
    assert client.post("/api/v1/log/cosignatures", json={"note": "x"}).status_code == 409
    fill(1)
    made = sign()
    answer = client.post("/api/v1/log/cosignatures", json={"note": witness.cosign(made.note)})
    assert answer.status_code == 422
    assert "note" in answer.json()["fields"]
