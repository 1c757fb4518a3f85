"""The signatures of the roll-out: rollback, expiry, thresholds, delegations, rotation of keys."""

import datetime as dt
from typing import Any

import pytest
from tuf.api.metadata import Metadata, TargetFile

from cspon_node.formats import Withdrawal
from portal.kit.clock import now
from portal.kit.signing import Ed25519Signer
from registry.rollout.packing import from_bytes
from tests.node.tampering.forging import forged, nothing, old, signed
from tests.node.tampering.zips import items_of, zipped
from tests.node.world import World, packed, role, signers


def test_a_flipped_byte_in_any_file(tmp_path, world, check):
    """Every file of the bundle, one after the other, with the refusal that belongs to it."""
    items = items_of(world.bundle())
    codes = {}
    for each in items:
        kept, at = each.data, len(each.data) // 2
        each.data = kept[:at] + bytes([kept[at] ^ 1]) + kept[at + 1 :]
        (tmp_path / "flipped.zip").write_bytes(zipped(items))
        code, said = check(tmp_path / "flipped.zip")
        codes[each.name.decode()] = said["code"]
        assert code in (4, 5), (each.name, said)
        each.data = kept
    assert {code for name, code in codes.items() if name.startswith(("files/", "evidence/", "runtime/"))} == {
        "changed"
    }
    assert {code for name, code in codes.items() if name.startswith("targets/")} == {"manifest-changed"}
    assert len(codes) == len(items)


def test_an_older_bundle_after_a_newer_one(world, made):
    older, newer = world.bundle("old.zip", version="1.0.0"), world.bundle("new.zip", version="1.1.0")
    assert made("install", newer)[0] == 0
    for command in ("verify", "install"):
        code, said = made(command, older)
        assert (code, said["code"]) == (4, "rollback")
    assert [each["version"] for each in made("list")[1]] == ["wang/landcover@1.1.0"]


def test_an_older_timestamp_with_the_newest_of_the_rest(world, made):
    first = world.parts(version="1.0.0")
    newer = world.parts(version="1.1.0")
    assert made("verify", packed(world.folder / "newer.zip", newer))[0] == 0
    old_stamp = {part.name: part for part in first}["metadata/timestamp.json"]
    mixed = [old_stamp if part.name == "metadata/timestamp.json" else part for part in newer]
    assert made("verify", packed(world.folder / "mixed.zip", mixed))[1]["code"] == "rollback"


def test_a_node_without_memory_is_told_so(world, check, capsys, tmp_path):
    from cspon_node.cli import main

    assert (
        main(["verify", str(world.bundle()), "--trust", str(tmp_path / "root.json"), "--language", "en"]) == 0
    )
    assert "without a node's memory" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["timestamp", "snapshot", "targets", "national", "notices", "root"])
def test_expired_metadata(tmp_path, world, check, name):
    parts = world.parts()
    keys: dict[str, list[Ed25519Signer]] = {
        "root": world.root, "targets": world.targets, "national": world.national,
        **{each: [world.online[each]] for each in ("timestamp", "snapshot", "notices")},
    }  # fmt: skip
    if name == "root":
        late = World(tmp_path / "late", at=now() - dt.timedelta(days=400))
        (tmp_path / "root.json").write_bytes(late.trust)
        path = late.bundle()
    else:
        path = forged(world, parts, {name: (old, keys[name])})
    code, said = check(path)
    assert (code, said["code"]) == (4, "expired")
    assert name in said["message"]


def test_a_bundle_that_lay_too_long(tmp_path, check):
    late = World(tmp_path / "late", at=now() - dt.timedelta(days=91))
    (tmp_path / "root.json").write_bytes(late.trust)
    assert check(late.bundle())[1]["code"] == "expired"


@pytest.mark.parametrize("name", ["targets", "national"])
def test_too_few_signatures(world, check, name):
    keys = {"targets": world.targets[:1], "national": world.national[:1]}[name]
    code, said = check(forged(world, world.parts(), {name: (nothing, keys)}))
    assert (code, said["code"]) == (4, "signatures")
    assert name in said["message"]


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"null", b"[" * 50_000, b'{"signed": {}, "signatures": []}', b"\xff\xfe"]
)
def test_metadata_that_is_none(world, check, data):
    for name in ("timestamp", "national", "1.root"):
        parts = [from_bytes(p.name, data) if p.name == f"metadata/{name}.json" else p for p in world.parts()]
        code, said = check(packed(world.folder / "bad.zip", parts))
        assert (code, said["code"]) == (4, "metadata-unreadable")


def test_one_key_signing_twice_counts_once(world, check):
    path = forged(world, world.parts(), {"national": (nothing, [world.national[0], world.national[0]])})
    assert check(path)[1]["code"] == "signatures"


def test_keys_nobody_gave_the_right(world, check):
    for name in ("timestamp", "snapshot"):
        parts = world.parts()
        assert check(forged(world, parts, {name: (nothing, signers(1))}))[1]["code"] == "signatures"


def test_a_root_of_somebody_else(tmp_path, world, check):
    (tmp_path / "root.json").write_bytes(World(tmp_path / "other").trust)
    code, said = check(world.bundle())
    assert code == 4
    assert said["code"] == "metadata-changed"


def test_a_root_of_trust_that_is_none(tmp_path, world, check, made):
    bundle = world.bundle()
    damaged = Metadata[Any].from_bytes(world.trust)
    damaged.signed.version = 7
    for data in (
        b"",
        b"{}",
        b"[" * 100_000,
        bytes(600_000),
        damaged.to_bytes(),
        b'{"signed": 1, "signatures": []}',
    ):
        (tmp_path / "root.json").write_bytes(data)
        code, said = check(bundle)
        assert (code, said["code"]) == (4, "trust-unreadable"), data[:20]
    (tmp_path / "root.json").write_bytes(World(tmp_path / "other").trust)
    assert made("verify", bundle, "--trust", tmp_path / "root.json")[1]["code"] == "other-trust"


# --- delegations ------------------------------------------------------------------------------------------------------


def _moved(world: World, channel: str) -> Any:
    """The bundle with its manifest's target below another channel, for which the pilot's key alone has signed."""
    parts = world.parts(channel="pilot")
    target = f"{channel}/wang/landcover/1.0.0.json"
    data = next(p for p in parts if p.name == "targets/pilot/wang/landcover/1.0.0.json").open().read()

    def change(made: Metadata[Any]) -> None:
        made.signed.targets[target] = TargetFile.from_data(target, data)

    moved = [
        from_bytes(f"targets/{target}", data) if p.name.startswith("targets/pilot/") else p for p in parts
    ]
    if channel == "national":
        signed_parts = world.repository.together("national")
        moved.insert(1, from_bytes("metadata/national.json", signed_parts["national.json"]))
    return forged(world, moved, {"pilot": (change, [world.online["pilot"]])})


def test_a_channel_that_was_not_delegated(world, check):
    code, said = check(_moved(world, "everywhere"))
    assert (code, said["code"]) == (4, "channel-not-delegated")
    assert "everywhere" in said["message"]


def test_a_channel_s_key_does_not_reach_another_channel(world, check):
    code, said = check(_moved(world, "national"))
    assert (code, said["code"]) == (4, "not-offered")


def test_a_manifest_under_another_name(world, check):
    parts = world.parts(channel="pilot")
    data = next(p for p in parts if p.name.startswith("targets/pilot/")).open().read()
    target = "pilot/wang/landcover/9.9.9.json"

    def change(made: Metadata[Any]) -> None:
        made.signed.targets[target] = TargetFile.from_data(target, data)

    moved = [
        from_bytes(f"targets/{target}", data) if p.name.startswith("targets/pilot/") else p for p in parts
    ]
    path = forged(world, moved, {"pilot": (change, [world.online["pilot"]])})
    assert check(path)[1]["code"] == "manifest-unreadable"


# --- rotation ---------------------------------------------------------------------------------------------------------


def test_keys_rotated_by_the_rules(world, made, check):
    assert made("install", world.bundle(version="1.0.0"))[0] == 0
    new = signers(3)
    for keys in (new, signers(3)):  # twice, so that a chain is walked
        assert world.repository.rotate("root", role(keys, 2), [*world.all(), *keys], world.at)
        world.root = keys
    targets = signers(2)
    assert world.repository.rotate("targets", role(targets, 2), [*world.all(), *targets], world.at)
    world.targets = targets
    newer = world.bundle("newer.zip", version="1.1.0")
    code, said = made("install", newer)
    assert (code, said["root"]) == (0, 4)
    assert check(newer)[1]["root"] == 4


def test_a_rotated_online_key_is_taken_and_the_stolen_one_is_not(world, made, check):
    stolen = world.online["timestamp"]
    assert made("verify", world.bundle())[0] == 0
    world.online["timestamp"] = Ed25519Signer.generate()
    assert world.repository.rotate("timestamp", role([world.online["timestamp"]]), world.all(), world.at)
    parts = world.parts(version="1.1.0")
    assert made("verify", packed(world.folder / "new.zip", parts))[0] == 0
    assert made("verify", forged(world, parts, {"timestamp": (nothing, [stolen])}))[1]["code"] == "signatures"


@pytest.mark.parametrize("by", ["new", "one of two", "old"])
def test_keys_rotated_against_the_rules(world, made, check, by):
    new = signers(3)
    parts = world.parts()
    root = Metadata[Any].from_bytes(world.trust)
    from registry.rollout.metadata import assign

    root.signed.version = 2
    assign(root.signed, {"root": role(new, 2)})
    keys = {"new": new, "one of two": [world.root[0], *new], "old": world.root}[by]
    data = signed(root, keys)
    bad = [parts[0], from_bytes("metadata/2.root.json", data), *parts[1:]]
    path = packed(world.folder / "rotated.zip", bad)
    for code, said in (check(path), made("verify", path)):
        assert (code, said["code"]) == (4, "root-rotation")
    assert made("verify", packed(world.folder / "good.zip", parts))[0] == 0, "the bad root was remembered"


def test_a_gap_in_the_chain_of_roots(world, check):
    for _ in range(2):
        keys = signers(3)
        assert world.repository.rotate("root", role(keys, 2), [*world.all(), *keys], world.at)
        world.root = keys
    parts = [part for part in world.parts() if part.name != "metadata/2.root.json"]
    code, said = check(packed(world.folder / "gap.zip", parts))
    assert code == 4, said


# --- withdrawn --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", ["name", "files"])
def test_a_withdrawn_version(world, made, check, by):
    import hashlib

    parts = world.parts()
    digest = made("install", packed(world.folder / "good.zip", parts))[1]["digest"]
    named = ("wang", "landcover", "1.0.0", hashlib.sha256(b"").hexdigest())
    moved = ("li", "other", "3.0.0", digest)
    world.notices(
        Withdrawal(*(named if by == "name" else moved), "revoked", "2026-11-27T08:00:00Z", "泄漏 leak")
    )
    again = world.bundle("again.zip")
    for code, said in (check(again), made("verify", again), made("install", again)):
        assert (code, said["code"]) == (7, "withdrawn")
        assert "泄漏 leak" in said["message"]
    code, said = made("list")
    assert (code, said[0]["withdrawn"]["why"]) == (7, "revoked")
    (world.folder / "table.csv").write_text("id\n1\n")
    code, said = made("run", "wang/landcover", world.folder / "table.csv", "--out", world.folder / "out")
    assert (code, said["code"]) == (7, "withdrawn")
    assert not (world.folder / "out").exists()


def test_what_was_withdrawn_is_known_from_any_later_bundle(world, made):
    assert made("install", world.bundle(version="1.0.0"))[0] == 0
    world.notices(Withdrawal("wang", "landcover", "1.0.0", "0" * 64, "suspended", "2026-11-27T08:00:00Z"))
    assert made("verify", world.bundle("later.zip", version="1.1.0"))[0] == 0
    assert made("list")[0] == 7
