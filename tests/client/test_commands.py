"""The commands against the real portal; no worker runs, so versions stay where the portal put them."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlmodel import Session, col, select

from portal.accounts.models import AccessToken, Scope
from portal.client.credentials import file
from portal.client.errors import EXIT_STOPPED
from registry.assets.models import Asset, AssetKind
from registry.versions.models import SubmissionKind, Version, VersionFile, VersionState
from tests.client.conftest import Terminal
from tests.support.make import Make, Person

TokenOf = Callable[..., str]


@pytest.fixture
def person(make: Make) -> Person:
    return make.account("林知远")


@pytest.fixture
def signed_in(cspon: Terminal, portal: str, token: TokenOf, person: Person) -> Terminal:
    cspon("login", portal, "--token", token(person))
    return cspon


@pytest.fixture
def program(tmp_path: Path) -> Path:
    root = tmp_path / "program"
    (root / "sub").mkdir(parents=True)
    (root / "main.py").write_text("print(1)\n")
    (root / "sub/data.csv").write_text("a\n1\n")
    (root / "empty.txt").touch()
    (root / "cspon.yaml").write_text(
        "name: tool\nruntime: base-py311\ncommand: python main.py $input $output\n"
    )
    (root / "README.md").write_text(
        "---\nlicense: Apache-2.0\npretty_name: 示例程序\ntags: [示例]\nauthors: [林知远]\n---\n# 示例\n"
    )
    return root


def test_login_checks_the_token_and_keeps_it(
    cspon: Terminal, portal: str, token: TokenOf, person: Person
) -> None:
    secret = token(person)
    said = cspon("login", portal, stdin=f"{secret}\n")
    assert secret not in said.output
    assert secret not in said.stderr
    assert person.account.name in said.stdout
    assert cspon.json("whoami")["namespace"] == person.namespace.slug
    assert cspon.json("logout") == {"url": portal, "logged_out": True}
    cspon("whoami", code=4)


def test_a_wrong_token_is_not_kept(cspon: Terminal, portal: str) -> None:
    said = cspon("login", portal, "--token", "cspon_wrong", code=4)
    assert "->" in said.stderr
    assert not file().exists()


def test_the_environment_needs_no_login(cspon: Terminal, portal: str, token: TokenOf, person: Person) -> None:
    who = cspon.json("whoami", CSPON_URL=portal, CSPON_TOKEN=token(person))
    assert who["name"] == person.account.name
    assert not file().exists()


def test_chinese_where_the_terminal_is_chinese(cspon: Terminal) -> None:
    assert "没有选择平台" in cspon("whoami", code=4, LANG="zh_CN.UTF-8").stderr
    assert "No portal is chosen" in cspon("whoami", code=4, LANG="C.UTF-8").stderr


def test_errors_are_json_for_scripts(cspon: Terminal, signed_in: Terminal) -> None:
    error = cspon.json("pull", "nobody/nothing", code=4)["error"]
    assert error["title"]
    assert error["detail"]


def test_dry_run_asks_nobody(cspon: Terminal, program: Path) -> None:
    value = cspon.json("push", program, "--to", "lin/tool", "--dry-run")
    assert value["submission"] == "program"
    assert [item["path"] for item in value["files"]] == [
        "README.md", "cspon.yaml", "empty.txt", "main.py", "sub/data.csv",
    ]  # fmt: skip


def test_push_creates_the_asset_and_submits_exactly_these_files(
    signed_in: Terminal, person: Person, program: Path, db: Session
) -> None:
    name = f"{person.namespace.slug}/tool"
    value = signed_in.json("push", program, "--to", name, "--no-wait")
    assert (value["version"], value["state"]) == (f"{name}@1.0.0", "scanning")
    asset = db.exec(select(Asset)).one()
    assert (asset.kind, asset.licence, asset.title) == (AssetKind.algorithm, "Apache-2.0", "示例程序")
    version = db.exec(select(Version)).one()
    assert (version.submission, version.state) == (SubmissionKind.program, VersionState.scanning)
    assert version.tree_digest == value["tree_digest"]
    assert {row.path for row in db.exec(select(VersionFile))} == {
        "README.md", "cspon.yaml", "empty.txt", "main.py", "sub/data.csv",
    }  # fmt: skip


def test_push_again_is_the_same_version_and_other_files_are_another(
    signed_in: Terminal, person: Person, program: Path, db: Session
) -> None:
    to = ("--to", f"{person.namespace.slug}/tool", "--no-wait")
    first = signed_in.json("push", program, *to)
    assert signed_in.json("push", program, *to, "--version", "1.0.0") == first
    (program / "main.py").write_text("print(2)\n")
    said = signed_in("push", program, *to, "--version", "1.0.0", code=4)
    assert "never changes" in said.stderr
    assert signed_in.json("push", program, *to)["version"].endswith("@1.0.1")
    assert len(db.exec(select(Version)).all()) == 2


def test_push_continues_a_draft_and_makes_it_hold_exactly_the_folder(
    signed_in: Terminal, person: Person, program: Path, make: Make, db: Session
) -> None:
    asset = make.asset(person, name="tool")
    files = {"main.py": (program / "main.py").read_bytes(), "old.txt": b"old", "cspon.yaml": b"other"}
    make.version(asset, files, state=VersionState.draft, number="1.4.0")
    said = signed_in("push", program, "--to", f"{person.namespace.slug}/tool", "--no-wait")
    assert "@1.4.0" in said.stderr
    assert "removed from the draft: old.txt" in said.stderr
    sent = [line.strip() for line in said.stderr.splitlines() if line.startswith("  ")]
    assert "main.py" not in sent
    assert "cspon.yaml" in sent
    db.expire_all()
    version = db.exec(select(Version)).one()
    assert (version.state, version.file_count) == (VersionState.scanning, 5)


def test_a_file_the_namespace_has_is_not_sent_again(
    signed_in: Terminal, person: Person, program: Path
) -> None:
    to = ("--to", f"{person.namespace.slug}/tool", "--no-wait")
    signed_in("push", program, *to)
    (program / "main.py").write_text("print(2)\n")
    said = signed_in("push", program, *to)
    assert "4 files are on the portal already" in said.stderr
    assert [line.strip() for line in said.stderr.splitlines() if line.startswith("  ")] == ["main.py"]


def test_a_refused_submission_is_said_and_the_draft_goes_on(
    signed_in: Terminal, person: Person, program: Path
) -> None:
    (program / "cspon.yaml").write_text("name: other\nruntime: base-py311\ncommand: python main.py\n")
    to = ("--to", f"{person.namespace.slug}/tool", "--no-wait")
    assert "other" in signed_in("push", program, *to, code=4).stderr
    (program / "cspon.yaml").write_text("name: tool\nruntime: base-py311\ncommand: python main.py\n")
    assert signed_in.json("push", program, *to)["version"].endswith("@1.0.0")


def test_push_elsewhere_or_without_the_scope_is_refused(
    cspon: Terminal, portal: str, token: TokenOf, person: Person, make: Make, program: Path
) -> None:
    other = make.account("别人")
    secret = token(person)
    said = cspon(
        "push", program, "--to", f"{other.namespace.slug}/tool", code=4, CSPON_URL=portal, CSPON_TOKEN=secret
    )
    assert "namespace" in said.stderr
    reader = token(person, Scope.read)
    said = cspon(
        "push", program, "--to", f"{person.namespace.slug}/tool", code=4, CSPON_URL=portal, CSPON_TOKEN=reader
    )
    assert "read" in said.stderr


def test_a_name_like_anothers_is_asked_about(
    signed_in: Terminal, person: Person, make: Make, program: Path, db: Session
) -> None:
    other = make.account("原作者")
    make.version(make.asset(other, name="landcover", title="土地覆盖", downloads=50))
    manifest = (program / "cspon.yaml").read_text().replace("name: tool", "name: land-cover")
    (program / "cspon.yaml").write_text(manifest)
    push = ("push", program, "--to", f"{person.namespace.slug}/land-cover", "--no-wait")
    said = signed_in(*push, code=4).stderr
    assert f"{other.namespace.slug}/landcover" in said
    assert "--confirm-similar" in said
    error = signed_in.json(*push, code=4)["error"]
    assert (error["status"], "landcover" in error["title"]) == (409, True)
    assert not db.exec(select(Asset).where(Asset.name == "land-cover")).all()
    signed_in(*push, "--confirm-similar")
    assert db.exec(select(Asset).where(Asset.name == "land-cover")).one()


def test_no_create_creates_nothing(signed_in: Terminal, person: Person, program: Path, db: Session) -> None:
    signed_in("push", program, "--to", f"{person.namespace.slug}/tool", "--no-create", code=4)
    assert db.exec(select(Asset)).all() == []


def test_pull_brings_the_newest_version_and_hides_the_hidden(
    cspon: Terminal, portal: str, person: Person, make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    asset = make.asset(person, name="data")
    make.version(asset, {"a.txt": b"one"}, number="1.0.0")
    make.version(
        asset,
        {"a.txt": b"two", "路径/b.csv": b"x", "labels/l.csv": b"secret"},
        number="1.1.0",
        hidden=("labels/",),
    )
    name = f"{person.namespace.slug}/data"
    value = cspon.json("pull", name, CSPON_URL=portal)
    assert value == {"version": f"{name}@1.1.0", "folder": "data-1.1.0", "files": ["a.txt", "路径/b.csv"]}
    assert (tmp_path / "data-1.1.0/a.txt").read_bytes() == b"two"
    cspon("pull", f"{name}@1.0.0", "old", CSPON_URL=portal)
    assert (tmp_path / "old/a.txt").read_bytes() == b"one"


def test_list_shows_what_is_public(cspon: Terminal, portal: str, person: Person, make: Make) -> None:
    make.version(make.asset(person, name="shown", title="公开成果"))
    make.version(make.asset(person, name="draft"), state=VersionState.draft)
    assert [row["name"] for row in cspon.json("list", CSPON_URL=portal)["items"]] == ["shown"]
    assert "公开成果" in cspon("list", "--q", "公开", CSPON_URL=portal).stdout


def test_ctrl_c_ends_without_a_traceback(
    signed_in: Terminal, program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from portal.client import pushing

    def stop(*_things: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(pushing, "hashed", stop)
    said = signed_in("push", program, "--to", "lin/tool", code=EXIT_STOPPED)
    assert "Run the same command again" in said.stderr


def test_a_token_leaves_a_trace_of_use(signed_in: Terminal, db: Session) -> None:
    signed_in("whoami")
    assert db.exec(select(AccessToken).where(col(AccessToken.used_at).is_not(None))).one()
