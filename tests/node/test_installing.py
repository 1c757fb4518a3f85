"""Installing: whole or not at all, once, again after a crash, back and away."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cspon_node import installing
from cspon_node.cli import main
from tests.node.world import FILES


def versions(node):
    return [(each["version"].partition("@")[2], each["current"]) for each in node("list")[1]]


def events(node):
    import base64

    payloads = [json.loads(base64.b64decode(each["payload"])) for each in node("receipt")[1]["receipts"]]
    return [each["predicate"]["event"] for each in payloads]


def test_what_is_installed_is_what_was_packed(world, made, tmp_path):
    code, said = made("install", world.bundle())
    assert (code, said["verdict"], said["installed"]) == (0, "holds", True)
    folder = Path(said["folder"])
    for path, data in FILES.items():
        assert (folder / "files" / path).read_bytes() == data
    modes = {each.stat().st_mode & 0o7777 for each in folder.rglob("*") if each.is_file()}
    assert modes == {0o600}, "nothing that was carried may be executed"
    assert not list((tmp_path / "home/staging").iterdir())
    assert events(made) == ["installed"]


def test_installing_again_changes_nothing(world, made):
    bundle = world.bundle()
    assert made("install", bundle)[1]["installed"]
    code, said = made("install", bundle)
    assert (code, said["installed"]) == (0, False)
    assert events(made) == ["installed"]


def test_an_installed_version_that_was_damaged_does_not_run_and_is_put_right(world, made, tmp_path, runtimes):
    bundle = world.bundle()
    folder = Path(made("install", bundle)[1]["folder"])
    (folder / "files/main.py").write_bytes(b"import os")
    (tmp_path / "table.csv").write_text("id\n1\n")
    words = (
        "run",
        "wang/landcover",
        tmp_path / "table.csv",
        "--out",
        tmp_path / "out",
        "--runtimes",
        runtimes,
    )
    code, said = made(*words)
    assert (code, said["code"]) == (5, "installed-changed")
    assert not (tmp_path / "out").exists()
    code, said = made("install", bundle)
    assert (code, said["installed"]) == (0, True)
    assert made(*words)[0] == 0


def test_back_and_away(world, made):
    for version in ("1.0.0", "1.1.0", "1.2.0"):
        assert made("install", world.bundle(f"{version}.zip", version=version))[0] == 0
    assert versions(made) == [("1.0.0", False), ("1.1.0", False), ("1.2.0", True)]
    assert made("rollback", "wang/landcover")[0] == 0
    assert versions(made) == [("1.0.0", False), ("1.1.0", True), ("1.2.0", False)]
    assert made("remove", "wang/landcover@1.1.0")[1]["current"] == "1.2.0"
    assert made("remove", "wang/landcover")[1]["current"] == "1.0.0"
    code, said = made("rollback", "wang/landcover")
    assert (code, said["code"]) == (8, "nothing-before")
    assert made("remove", "wang/landcover")[1]["current"] is None
    assert made("list") == (0, [])
    assert made("remove", "wang/landcover")[1]["code"] == "not-installed"
    assert events(made) == ["installed"] * 4 + ["removed"] * 3


def test_newer_versions_on_the_channel_are_shown_without_asking_anybody(world, made):
    assert made("install", world.bundle(version="1.0.0"))[0] == 0
    for version in ("1.10.0", "1.9.0", "2.0.0-rc.1", "0.9.0"):
        world.parts(version=version)
    assert made("verify", world.bundle("other.zip", version="1.9.1"))[0] == 0
    assert made("list")[1][0]["newer"] == ["1.9.0", "1.9.1", "1.10.0", "2.0.0-rc.1"]


def test_the_same_version_on_a_wider_channel_takes_the_place_of_the_first(world, made):
    assert made("install", world.bundle("pilot.zip", channel="pilot"))[0] == 0
    code, said = made("install", world.bundle("national.zip", channel="national"))
    assert (code, said["installed"]) == (0, True)
    shown = made("list")[1]
    assert [(each["version"], each["channel"]) for each in shown] == [("wang/landcover@1.0.0", "national")]


def test_channels_and_instants_are_said_in_words(world, made, tmp_path, capsys):
    bundle = world.bundle("it.zip", channel="pilot")
    assert made("install", bundle)[0] == 0
    home = str(tmp_path / "home")
    for language, channel in (("zh", "试点频道"), ("en", "Pilot channel")):
        capsys.readouterr()
        assert main(["verify", str(bundle), "--home", home, "--language", language]) == 0
        assert main(["list", "--home", home, "--language", language]) == 0
        said = capsys.readouterr().out
        assert said.count(channel) == 2
        assert "pilot" not in said
        assert "+00:00" not in said


def test_a_bundle_that_is_newer_by_its_signatures_and_older_by_its_number(world, made):
    assert made("install", world.bundle(version="1.1.0"))[0] == 0
    world.sequence = 0
    code, said = made("install", world.bundle("old.zip", version="1.0.0"))
    assert (code, said["code"]) == (8, "older")
    assert versions(made) == [("1.1.0", True)]


def test_without_a_node_it_says_how_to_make_one(world, node):
    for words in (("list",), ("install", world.bundle()), ("key",), ("receipt",)):
        code, said = node(*words)
        assert (code, said["code"]) == (8, "no-home")
        assert "cspon-node init" in said["advice"]


def test_a_home_of_others_or_open_to_others_is_not_used(world, made, tmp_path):
    bundle = world.bundle()
    (tmp_path / "home").chmod(0o777)
    assert made("install", bundle)[1]["code"] == "unsafe-home"
    (tmp_path / "home").chmod(0o711)
    (tmp_path / "home/keys/node.pem").chmod(0o644)
    assert made("key")[1]["code"] == "unsafe-home"


def test_one_tool_at_a_time(world, made, tmp_path):
    from cspon_node.home import Home

    bundle = world.bundle()
    with Home(tmp_path / "home").locked():
        code, said = made("install", bundle)
    assert (code, said["code"]) == (8, "busy")


def test_init_is_whole_or_not_at_all(tmp_path, node, made):
    code, said = made("init", "--trust", tmp_path / "root.json")
    assert (code, said["code"]) == (8, "home-there")
    bad = tmp_path / "bad.json"
    bad.write_text("{}")
    other = str(tmp_path / "other")
    assert main(["init", "--trust", str(bad), "--home", other, "--json"]) == 4
    assert (
        main(["init", "--trust", str(tmp_path / "root.json"), "--home", other, "--witness", "x", "--json"])
        == 8
    )
    assert main(["list", "--home", other, "--json"]) == 8
    assert not Path(other).exists()


def test_no_room_is_said_before_anything_is_written(world, made, monkeypatch):
    from cspon_node import staging

    monkeypatch.setattr(staging, "MARGIN", 1 << 60)
    code, said = made("install", world.bundle())
    assert (code, said["code"]) == (8, "no-room")


@pytest.mark.parametrize("step", range(1, 40))
def test_stopped_at_any_moment_it_can_be_run_again(world, made, tmp_path, step):
    """The process is killed at its n-th durable change of the disk; the next run ends as if nothing had been."""
    bundle = world.bundle()
    code = f"""
import os, sys
from cspon_node import durable
from cspon_node.cli import main
count = 0
def counted(original):
    def call(*words, **given):
        global count
        count += 1
        if count == {step}:
            os.kill(os.getpid(), 9)
        return original(*words, **given)
    return call
os.fsync, os.rename, os.replace = counted(os.fsync), counted(os.rename), counted(os.replace)
sys.exit(main(["install", {str(bundle)!r}, "--home", {str(tmp_path / "home")!r}, "--json"]))
"""
    first = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert first.returncode in (0, -signal.SIGKILL), first.stderr
    if first.returncode:
        shown = made("list")[1]
        assert shown == [] or [each["version"] for each in shown] == ["wang/landcover@1.0.0"]
    assert made("install", bundle)[0] == 0
    assert versions(made) == [("1.0.0", True)]
    folder = Path(made("list")[1][0]["folder"])
    assert {path: (folder / "files" / path).read_bytes() for path in FILES} == FILES
    assert not list((tmp_path / "home/staging").iterdir())
    assert made("receipt")[0] == 0


def test_interrupted_it_leaves_nothing(world, made, tmp_path):
    big = tmp_path / "big.bin"
    with big.open("wb") as file:
        file.truncate(400 << 20)
    bundle = world.bundle(large={"big.bin": big})
    words = [sys.executable, "-c", "import sys; from cspon_node.cli import main; sys.exit(main())",
             "install", str(bundle),
             "--home", str(tmp_path / "home")]  # fmt: skip
    running = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 30
    while not list((tmp_path / "home/staging").iterdir()) and time.monotonic() < deadline:
        time.sleep(0.01)
    running.send_signal(signal.SIGINT)
    assert running.wait(30) in (0, 130)
    assert not list((tmp_path / "home/staging").iterdir())
    assert made("install", bundle)[0] == 0


def test_precedence_of_versions():
    order = ["1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0",
             "1.2.0", "1.10.0", "2.0.0+build"]  # fmt: skip
    assert sorted(sorted(order), key=installing._order) == order


def test_bytes_never_leave_the_staging_folder(tmp_path):
    """Even if a name were to slip through: the folders are made by us, and links are not followed."""
    from cspon_node.formats import Entry
    from cspon_node.refusals import Refusal
    from cspon_node.staging import Staging

    made = Staging(tmp_path, tmp_path / "staging")
    made.folder.mkdir()
    (made.folder / "files").symlink_to(tmp_path)
    with pytest.raises(Refusal):
        made.begin(Entry("files/evil", "0" * 64, 1, "file"))
    assert not (tmp_path / "evil").exists()
    assert [each.name for each in (tmp_path / "staging").iterdir()] == ["files"]
