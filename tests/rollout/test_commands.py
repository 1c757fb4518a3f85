"""``cspon keys`` and ``cspon rollout`` as an operator and the key holders use them."""

import datetime as dt
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tuf.api.metadata import Metadata

from portal.cli import main
from portal.commands.checks import rollout_keys
from portal.kit.clock import now
from portal.kit.signing import read_public
from registry.rollout import ceremony


def cspon(*words: object, typed: str = "") -> Result:
    return CliRunner().invoke(main, [str(word) for word in words], input=typed)


def told(*words: object, typed: str = "") -> str:
    done = cspon(*words, typed=typed)
    assert done.exit_code == 0, done.output
    return done.output


@pytest.fixture
def holders(own_home: Path, tmp_path: Path) -> dict[str, list[Path]]:
    """Key files of people, each with its public half beside it."""
    made: dict[str, list[Path]] = {}
    for role, count in (("root", 3), ("targets", 2), ("national", 3)):
        for n in range(count):
            path = tmp_path / f"{role}{n}.pem"
            path.with_suffix(".pub").write_text(told("keys", "new", path, "--no-passphrase"))
            made.setdefault(role, []).append(path)
    return made


def public(paths: list[Path], role: str) -> list[str]:
    return [word for path in paths for word in (f"--{role}-key", str(path.with_suffix(".pub")))]


def begin(holders: dict[str, list[Path]], *more: str) -> Result:
    words = [word for role, paths in holders.items() for word in public(paths, role)]
    return cspon("keys", "init", *words, *more)


def signed(role: str, folder: Path, *keys: Path) -> str:
    told("rollout", "unsigned", folder)
    for key in keys:
        told("keys", "sign", folder / f"{role}.json", "--key", key, typed="y\n")
    return told("rollout", "take-back", folder / f"{role}.json")


def whole(holders: dict[str, list[Path]], tmp_path: Path) -> None:
    assert begin(holders).exit_code == 0
    for role in ("root", "targets", "national"):
        signed(role, tmp_path / "stick", *holders[role][:2])


def test_a_ceremony_over_sticks(holders: dict[str, list[Path]], tmp_path: Path) -> None:
    assert "Signatures are waited for" in begin(holders).output
    assert cspon("rollout", "root", tmp_path / "root.json").exit_code == 1
    assert cspon("rollout", "status").exit_code == 1
    assert "more signatures" in signed("root", tmp_path / "a", holders["root"][0])
    assert "more signatures" in signed("root", tmp_path / "b", holders["root"][2])
    assert "more signatures" in signed("targets", tmp_path / "c", *holders["targets"])
    assert "served now" in signed("national", tmp_path / "d", *holders["national"][1:])
    assert told("rollout", "status").count("\n") == 8
    assert "Nothing waits" in told("rollout", "unsigned", tmp_path / "e")
    told("rollout", "root", tmp_path / "root.json")
    assert Metadata.from_bytes((tmp_path / "root.json").read_bytes()).signed.version == 1
    assert cspon("rollout", "root", tmp_path / "root.json").exit_code == 1  # is not written over
    assert "2 of 3" in told("keys", "show")
    assert [found.state for found in rollout_keys()] == ["ok"]


def test_thresholds_and_missing_holders_are_refused(holders: dict[str, list[Path]]) -> None:
    assert "At least 2 keys" in begin(holders, "--threshold", "root=1").output
    assert "never give 3" in begin(holders, "--threshold", "targets=3").output
    assert "write ROLE=N" in begin(holders, "--threshold", "many").output
    done = cspon("keys", "init", *public(holders["root"], "root"))
    assert "Name keys of people for: targets, national" in done.output
    assert not ceremony.repository().begun


def test_keys_with_a_passphrase_and_files_others_may_read(own_home: Path, tmp_path: Path) -> None:
    path = tmp_path / "k.pem"
    told("keys", "new", path, typed="correct horse battery\ncorrect horse battery\n")
    assert path.stat().st_mode & 0o777 == 0o600
    shown = told("keys", "show", path, typed="correct horse battery\n")
    assert read_public(shown.strip().splitlines()[-1])
    assert "another one" in cspon("keys", "show", path, typed="wrong\n").output
    assert cspon("keys", "new", tmp_path / "x.pem", typed="short\nshort\n").exit_code == 1
    assert "there already" in cspon("keys", "new", path, "--no-passphrase").output
    told("keys", "new", tmp_path / "open.pem", "--no-passphrase")
    (tmp_path / "open.pem").chmod(0o644)
    assert "chmod 600" in cspon("keys", "show", tmp_path / "open.pem").output


def test_what_is_signed_is_said_and_can_be_declined(holders: dict[str, list[Path]], tmp_path: Path) -> None:
    begin(holders)
    told("rollout", "unsigned", tmp_path / "s")
    before = (tmp_path / "s" / "targets.json").read_bytes()
    done = cspon("keys", "sign", tmp_path / "s" / "targets.json", "--key", holders["targets"][0], typed="n\n")
    assert done.exit_code == 1
    assert "role targets, version 1" in done.output
    assert "national: 2 of 3 sign" in done.output
    assert (tmp_path / "s" / "targets.json").read_bytes() == before
    (tmp_path / "s" / "x.json").write_text("{}")
    refused = cspon("keys", "sign", tmp_path / "s" / "x.json", "--key", holders["targets"][0], typed="y\n")
    assert "no TUF metadata" in refused.output
    assert "Traceback" not in refused.output


def test_rotation_and_renewal(holders: dict[str, list[Path]], tmp_path: Path) -> None:
    whole(holders, tmp_path)
    assert "signed by people" in cspon("keys", "rotate", "root").output
    told("keys", "rotate", "pilot")
    assert "served now" in signed("targets", tmp_path / "t", *holders["targets"])
    told("keys", "renew", "targets")
    assert "served now" in signed("targets", tmp_path / "u", *holders["targets"])
    fresh = tmp_path / "fresh.pem"
    fresh.with_suffix(".pub").write_text(told("keys", "new", fresh, "--no-passphrase"))
    others = [word for path in (fresh, holders["root"][0]) for word in ("--key", path.with_suffix(".pub"))]
    told("keys", "rotate", "root", *others)
    assert "more signatures" in signed("root", tmp_path / "v", fresh, holders["root"][0])
    assert "served now" in signed("root", tmp_path / "w", holders["root"][1])
    told("rollout", "root", tmp_path / "root2.json")
    assert Metadata.from_bytes((tmp_path / "root2.json").read_bytes()).signed.version == 2
    assert "no role" in cspon("keys", "rotate", "nobody").output


def test_a_demonstration_holds_its_own(own_home: Path) -> None:
    assert "no keys yet" in next(iter(rollout_keys())).message
    told("keys", "init", "--demo")
    assert "already" in told("keys", "init", "--demo")
    there = ceremony.repository()
    assert there.demo
    assert there.complete
    assert "demonstration" in told("keys", "show")
    target = {"national/a/b/1.0.0.json": (2, "0" * 64)}
    assert there.publish("national", target, ceremony.signers(), now())  # signs by itself
    assert [oct(path.stat().st_mode & 0o777) for path in ceremony.demo_folder().glob("*.pem")] == [
        "0o600"
    ] * 8


def test_doctor_warns_of_what_expires_and_waits(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ceremony.hold_demo(now() - dt.timedelta(days=340))
    words = [found.message for found in rollout_keys()]
    assert any("root expires" in each for each in words)
    assert any("timestamp expires" in each for each in words)
    advice = [found.advice for found in rollout_keys() if "root" in found.message]
    assert advice == ["Run `cspon keys renew root`."]
    assert cspon("rollout", "status").exit_code == 1


def test_all_keys_made_at_once(own_home: Path, tmp_path: Path) -> None:
    told("keys", "init", "--make", tmp_path / "made", "--no-passphrase")
    assert ceremony.repository().complete
    assert not ceremony.repository().demo
    assert len(list((tmp_path / "made").glob("*.pem"))) == 8
