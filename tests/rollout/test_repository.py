"""The repository by TUF's own client: what it takes, what waits, and what is refused."""

import datetime as dt
import hashlib
import shutil
from pathlib import Path

import pytest
from tuf.api.exceptions import DownloadHTTPError, RepositoryError
from tuf.api.metadata import Metadata
from tuf.ngclient import FetcherInterface, Updater

from portal.kit.signing import Ed25519Signer
from registry.rollout.metadata import parse
from registry.rollout.repository import Plan, Refused, Repository, RoleKeys, add_signature

AT = dt.datetime.now(dt.UTC)
TARGET = "pilot/wang/landcover/1.0.0.json"
NATIONAL = "national/wang/landcover/1.0.0.json"


class Folder(FetcherInterface):
    """Reads metadata from a folder, as a node does from a bundle."""

    def __init__(self, metadata: Path, targets: dict[str, bytes]) -> None:
        self.metadata, self.held = metadata, targets

    def _fetch(self, url: str):
        kind, _, name = url.partition("://")[2].partition("/")
        data = self.held.get(name) if kind == "t" else None
        if kind == "m" and (self.metadata / name).exists():
            data = (self.metadata / name).read_bytes()
        if data is None:
            raise DownloadHTTPError("not found", 404)
        yield data


class Keys:
    """Everybody's keys."""

    def __init__(self) -> None:
        self.root = [Ed25519Signer.generate() for _ in range(3)]
        self.targets = [Ed25519Signer.generate() for _ in range(2)]
        self.national = [Ed25519Signer.generate() for _ in range(3)]
        self.online = {
            name: Ed25519Signer.generate()
            for name in ("snapshot", "timestamp", "pilot", "regional", "notices")
        }

    def plan(self) -> Plan:
        return Plan(
            {
                "root": of(self.root, 2),
                "targets": of(self.targets, 2),
                "national": of(self.national, 2),
                **{name: of([key], 1) for name, key in self.online.items()},
            }
        )

    @property
    def own(self):
        return list(self.online.values())


def of(keys, threshold=1):
    return RoleKeys(tuple(key.verifier for key in keys), threshold)


@pytest.fixture
def keys() -> Keys:
    return Keys()


@pytest.fixture
def repository(tmp_path, keys) -> Repository:
    made = Repository(tmp_path / "rollout")
    assert made.begin(keys.plan(), [*keys.root, *keys.targets, *keys.national, *keys.own], AT)
    return made


@pytest.fixture
def node(tmp_path, repository):
    """Look for a target as a node that trusts root 1."""
    shutil.copy(repository.metadata / "1.root.json", tmp_path / "trust.json")

    def look(path: str = TARGET, data: bytes = b"{}", metadata: Path | None = None):
        home = tmp_path / "node"
        home.mkdir(exist_ok=True)
        updater = Updater(
            str(home),
            "x://m/",
            str(home),
            "x://t/",
            Folder(metadata or repository.metadata, {path: data}),
            bootstrap=(tmp_path / "trust.json").read_bytes(),
        )
        updater.refresh()
        return updater.get_targetinfo(path)

    return look


def put(repository, keys, path=TARGET, data=b"{}", role="pilot"):
    return repository.publish(role, {path: (len(data), hashlib.sha256(data).hexdigest())}, keys.own, AT)


def test_a_published_target_is_found_by_a_client(repository, keys, node):
    assert node() is None
    assert put(repository, keys)
    assert node().hashes == {"sha256": hashlib.sha256(b"{}").hexdigest()}
    assert repository.targets("pilot") == {TARGET: hashlib.sha256(b"{}").hexdigest()}


def test_publishing_what_is_there_changes_nothing(repository, keys):
    put(repository, keys)
    before = repository.together("pilot")
    put(repository, keys)
    assert repository.together("pilot") == before


def test_a_channel_serves_only_its_own_paths(repository, keys, node):
    put(repository, keys, path=NATIONAL, role="pilot")
    assert node(NATIONAL) is None


def test_a_target_taken_away_is_found_no_more(repository, keys, node):
    put(repository, keys)
    assert repository.publish("pilot", {}, keys.own, AT, remove=[TARGET])
    assert node() is None


def test_a_ceremony_with_keys_elsewhere_waits_until_all_have_signed(tmp_path, keys):
    made = Repository(tmp_path / "rollout")
    assert not made.begin(keys.plan(), keys.own, AT)
    assert not made.complete
    assert {each.role for each in made.unsigned()} >= {"root", "targets", "national"}
    for role, signers in (
        ("root", keys.root[:2]),
        ("targets", keys.targets),
        ("national", keys.national[1:]),
    ):
        for signer in signers:
            data = add_signature(made.waiting(role), signer)
            assert made.take_back(data, keys.own, AT)[0] == role
    assert made.complete
    assert made.unsigned() == []


def test_a_channel_of_offline_keys_waits_and_is_served_at_its_threshold(repository, keys, node):
    assert not put(repository, keys, path=NATIONAL, role="national")
    assert node(NATIONAL) is None
    one = add_signature(repository.waiting("national"), keys.national[0])
    assert repository.take_back(one, keys.own, AT) == ("national", False)
    assert (repository.unsigned()[0].signed, repository.unsigned()[0].wanted) == (1, 2)
    two = add_signature(repository.waiting("national"), keys.national[2])
    assert repository.take_back(two, keys.own, AT) == ("national", True)
    assert node(NATIONAL) is not None


def test_pilots_go_on_while_national_waits(repository, keys, node):
    put(repository, keys, path=NATIONAL, role="national")
    assert put(repository, keys)
    assert node() is not None


def test_signatures_of_a_stranger_or_twice_are_refused(repository, keys):
    put(repository, keys, path=NATIONAL, role="national")
    waits = repository.waiting("national")
    with pytest.raises(Refused, match="No new signature"):
        repository.take_back(add_signature(waits, Ed25519Signer.generate()), keys.own, AT)
    one = add_signature(waits, keys.national[0])
    repository.take_back(one, keys.own, AT)
    with pytest.raises(Refused, match="No new signature"):
        repository.take_back(one, keys.own, AT)
    assert node_is_waiting(repository)


def node_is_waiting(repository):
    return repository.unsigned()[0].signed == 1


def test_a_file_signed_before_it_changed_is_refused(repository, keys):
    put(repository, keys, path=NATIONAL, role="national")
    old = add_signature(repository.waiting("national"), keys.national[0])
    put(repository, keys, path="national/wang/other/1.0.0.json", role="national")
    with pytest.raises(Refused, match="waits for no such file"):
        repository.take_back(old, keys.own, AT)


def test_a_changed_file_with_signatures_is_refused(repository, keys):
    put(repository, keys, path=NATIONAL, role="national")
    signed = parse(repository.waiting("national"))
    signed.signed.expires += dt.timedelta(days=3650)
    with pytest.raises(Refused):
        repository.take_back(add_signature(signed.to_bytes(), keys.national[0]), keys.own, AT)


def test_root_rotated_by_its_rules_is_followed_by_nodes(repository, keys, node):
    node()
    fresh = [Ed25519Signer.generate() for _ in range(3)]
    assert not repository.rotate("root", of(fresh, 2), keys.own, AT)
    for signer in (*fresh[:2], keys.root[0]):
        repository.take_back(add_signature(repository.waiting("root"), signer), keys.own, AT)
    assert not (repository.metadata / "2.root.json").exists()  # the old threshold is not there yet
    repository.take_back(add_signature(repository.waiting("root"), keys.root[1]), keys.own, AT)
    assert (repository.metadata / "2.root.json").exists()
    put(repository, keys)
    assert node() is not None


def test_root_rotated_against_the_rules_is_refused_by_nodes(repository, keys, node):
    node()
    fresh = [Ed25519Signer.generate() for _ in range(2)]
    repository.rotate("root", of(fresh, 2), keys.own, AT)
    data = repository.waiting("root")
    for signer in fresh:
        data = add_signature(data, signer)
        repository.take_back(data, keys.own, AT)
    assert not (repository.metadata / "2.root.json").exists()
    (repository.metadata / "2.root.json").write_bytes(data)  # a portal that does not keep to them
    with pytest.raises(RepositoryError):
        node()


def test_a_channel_rotated_is_served_only_whole(repository, keys, node):
    put(repository, keys)
    fresh = Ed25519Signer.generate()
    assert not repository.rotate("pilot", of([fresh]), [*keys.own, fresh], AT)
    assert node() is not None  # still by the old key
    for signer in keys.targets:
        repository.take_back(add_signature(repository.waiting("targets"), signer), keys.own, AT)
    assert repository.unsigned() == []
    signed = parse((repository.metadata / "pilot.json").read_bytes())
    assert fresh.verifier.key_id in signed.signatures
    assert node() is not None


def test_targets_rotated_needs_root_and_the_new_keys(repository, keys, node):
    fresh = [Ed25519Signer.generate() for _ in range(2)]
    assert not repository.rotate("targets", of(fresh, 2), keys.own, AT)
    for signer in keys.root[:2]:
        repository.take_back(add_signature(repository.waiting("root"), signer), keys.own, AT)
    assert not (repository.metadata / "2.root.json").exists()
    for signer in fresh:
        repository.take_back(add_signature(repository.waiting("targets"), signer), keys.own, AT)
    assert (repository.metadata / "2.root.json").exists()
    put(repository, keys)
    assert node() is not None


def test_the_timestamp_key_rotated_is_used_at_once(repository, keys, node):
    keys.online["timestamp"] = Ed25519Signer.generate()
    assert not repository.rotate("timestamp", of([keys.online["timestamp"]]), keys.own, AT)
    data = repository.waiting("root")
    for signer in keys.root[:2]:
        data = add_signature(data, signer)
    assert repository.take_back(data, keys.own, AT) == ("root", True)
    node()


def test_thresholds_too_small_or_out_of_reach_are_refused(repository, keys, tmp_path):
    with pytest.raises(Refused, match="never give 3"):
        of(keys.targets, 3)
    with pytest.raises(Refused, match="at least one"):
        of(keys.targets, 0)
    with pytest.raises(Refused, match="twice"):
        of([keys.root[0], keys.root[0]], 1)
    with pytest.raises(Refused, match="At least 2 keys sign for root"):
        repository.rotate("root", of(keys.root, 1), keys.own, AT)
    with pytest.raises(Refused, match="At least 2 keys sign for national"):
        Plan(keys.plan().roles | {"national": of(keys.national, 1)})
    with pytest.raises(Refused, match="Nobody signs for: targets"):
        Plan({role: each for role, each in keys.plan().roles.items() if role != "targets"})


def test_a_second_ceremony_is_refused(repository, keys):
    with pytest.raises(Refused, match="already"):
        repository.begin(keys.plan(), keys.own, AT)


def test_without_the_timestamp_key_nothing_is_served(repository, keys):
    with pytest.raises(Refused, match="key of snapshot"):
        repository.publish("pilot", {TARGET: (2, "0" * 64)}, [keys.online["pilot"]], AT)
    assert repository.targets("pilot") == {}


def test_refresh_signs_anew_and_renews_what_is_half_over(repository, keys):
    before = {each.role: each for each in repository.standing()}
    repository.refresh(keys.own, AT + dt.timedelta(days=60))
    after = {each.role: each for each in repository.standing()}
    assert after["timestamp"].version == before["timestamp"].version + 1
    assert after["notices"].version == before["notices"].version + 1
    assert after["pilot"] == before["pilot"]
    repository.refresh(keys.own, AT + dt.timedelta(days=200))
    again = {each.role: each for each in repository.standing()}
    assert again["pilot"].expires > before["pilot"].expires
    assert again["national"] == before["national"]  # its keys are elsewhere
    soon = {each.role for each in repository.expiring(AT + dt.timedelta(days=366))}
    assert {"root", "targets", "national"} <= soon
    assert not soon & {"pilot", "regional"}


def test_expired_and_older_metadata_are_refused_by_nodes(repository, keys, node, tmp_path):
    old = tmp_path / "old"
    shutil.copytree(repository.metadata, old)
    put(repository, keys)
    node()
    with pytest.raises(RepositoryError):
        node(metadata=old)
    repository.refresh(keys.own, AT - dt.timedelta(days=91))
    with pytest.raises(RepositoryError):
        node()


def test_a_crash_between_two_files_is_healed_by_the_next_change(repository, keys, node):
    old = (repository.metadata / "snapshot.json").read_bytes()
    stamp = (repository.metadata / "timestamp.json").read_bytes()
    put(repository, keys)
    (repository.metadata / "snapshot.json").write_bytes(old)
    (repository.metadata / "timestamp.json").write_bytes(stamp)
    put(repository, keys)
    assert node() is not None


def test_every_file_says_what_role_it_is(repository):
    for name in repository.names():
        assert isinstance(parse(repository.read(name)), Metadata)
    with pytest.raises(FileNotFoundError):
        repository.read("../pending/root.json")
    with pytest.raises(Refused):
        parse(b"{}")
