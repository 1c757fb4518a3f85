"""A small world in which every page has something to show."""

import re
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import text
from sqlmodel import Session, SQLModel, col, select

from portal.accounts.actions import request_reset
from portal.accounts.sessions import actor_of
from portal.kit.db import engine, transaction
from portal.notices.models import Mail
from portal.organisations import actions as organisations
from portal.organisations.models import MemberRole, Verification
from registry.assets.models import Asset
from registry.evaluation.models import ACTIVE
from registry.evaluation.queries import lists
from registry.versions import actions as versions
from registry.versions.models import SubmissionKind, Version, VersionState
from tests.browser.parts import add_all
from tests.evaluation.tiny import RUNTIME, Scene
from tests.support.emptying import forget_the_log
from tests.support.make import Make, Person, Unit

FAILING = "import sys\nprint('line one')\nsys.exit('the input is odd')\n"
KEY = "-----BEGIN RSA PRIVATE KEY-----\n" + "MIIEowIBAAKCAQEAx" * 20 + "\n-----END RSA PRIVATE KEY-----\n"
CARD = (
    "# 示例\n\n一段说明，含 `代码`、**强调** 和列表：\n\n- 一\n- 二\n\n| 列 | 值 |\n|---|---|\n| 甲 | 1 |\n"
)


def empty_database() -> None:
    """As the ``database`` fixture leaves it; for worlds that live as long as a module."""
    tables = ", ".join(f'"{name}"' for name in SQLModel.metadata.tables)
    with engine().begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(
            text(f"TRUNCATE {tables}, procrastinate_jobs, procrastinate_events RESTART IDENTITY CASCADE")
        )
    forget_the_log()


def eventually(look: Callable[[], Any], what: str) -> Any:
    """The first true answer; a minute at most."""
    for _attempt in range(300):
        found = look()
        if found:
            return found
        time.sleep(0.2)
    raise AssertionError(f"never happened: {what}")


@dataclass
class World:
    """People, things, and the addresses of the pages that show them, by who looks."""

    db: Session
    make: Make = field(init=False)
    pages: dict[str, list[str]] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.make = Make(self.db)

    def build(self, *, parts: bool = True) -> "World":
        """Needs a running worker: scans and evaluations are real. Without ``parts``, what the registry alone shows."""
        scene = Scene(self.db, self.make)
        self.scene = scene
        self.people = {
            "owner": scene.owner,
            "researcher": scene.researcher,
            **{
                role: self.make.account(f"任{role[:3]}", roles=(role,))
                for role in ("certifier", "secretariat", "system_admin", "security_admin", "auditor")
            },
        }
        self.unit = self.make.organisation(admin=scene.researcher, publishers=(scene.owner,))
        self._ask_for_verification()
        self._evaluate()
        self._quarantine()
        self._draft()
        self._list_pages()
        if parts:
            add_all(self)
        for (
            person
        ) in self.people.values():  # parts that looked at fresh rows have expired them; they sign in later
            self.db.refresh(person.account)
        return self

    def _ask_for_verification(self) -> None:
        waiting = self.make.organisation(
            "待核验研究所", admin=self.scene.owner, verification=Verification.unverified
        )
        with transaction() as db:
            owner, researcher = actor_of(db, self.scene.owner.id), actor_of(db, self.scene.researcher.id)
            organisations.request_verification(
                db, owner, organisation_id=waiting.id, statement="本所从事国土空间规划研究。"
            )
            organisations.invite(
                db,
                researcher,
                organisation_id=self.unit.id,
                email="guest@example.org",
                role=MemberRole.member,
            )
            organisations.invite(
                db,
                owner,
                organisation_id=waiting.id,
                email=self.scene.researcher.account.email,
                role=MemberRole.member,
            )
            request_reset(db, email=self.scene.owner.account.email, address="127.0.0.1")
        self.waiting: Unit = waiting

    def _mailed(self, pattern: str, recipient: str) -> str:
        """The address of the newest mail's link."""
        with transaction() as db:
            mails = db.exec(
                select(Mail).where(Mail.recipient == recipient).order_by(col(Mail.id).desc())
            ).all()
        return next(found[0] for mail in mails if (found := re.search(pattern, mail.body)))

    def _evaluate(self) -> None:
        scene = self.scene
        self.asset: Asset = self.make.asset(
            scene.researcher, name="perfect", title="示例程序成果", title_en="Example program", card=CARD,
            summary="用于页面检查的示例程序。",
        )  # fmt: skip
        described = f"name: perfect\nruntime: {RUNTIME}\ncommand: python main.py $input $output\n"
        files = {
            "cspon.yaml": described.encode(), "LICENSE": b"MIT", "README.md": CARD.encode(),
            "data/table.csv": "列甲,列乙\n1,2\n".encode(),
        }  # fmt: skip
        from tests.evaluation.tiny import PERFECT

        self.good = scene.submission(
            SubmissionKind.program, {**files, "main.py": PERFECT.encode()}, asset=self.asset, runtime=RUNTIME
        )
        self.done = scene.request(self.good)
        self.failed = scene.request(scene.program(FAILING))
        self.also = scene.request(scene.predictions())
        eventually(
            lambda: not {self._state(key) for key in (self.done, self.failed, self.also)} & ACTIVE,
            "the evaluations end",
        )

    def _state(self, key: uuid.UUID) -> Any:
        with transaction() as db:
            return lists.state_of(db, key)

    def _quarantine(self) -> None:
        leaky = self.make.asset(self.scene.researcher, name="leaky", title="含密钥的成果")
        version = self.make.version(
            leaky, {"id_rsa": KEY.encode(), "README.md": b"# x\n"}, state=VersionState.draft,
            submission=SubmissionKind.files,
        )  # fmt: skip
        with transaction() as db:
            versions.submit(db, actor_of(db, self.scene.researcher.id), version_id=version.id)
        self.leaky = leaky

        def settled() -> bool:
            with transaction() as db:
                found = db.get(Version, version.id)
                return found is not None and found.state is not VersionState.scanning

        eventually(settled, "the scan ends")

    def _draft(self) -> None:
        self.draft = self.make.version(
            self.asset, {"main.py": b"print(1)\n", "cspon.yaml": b"name: perfect\n"},
            state=VersionState.draft, number="1.1.0",
        )  # fmt: skip

    def _list_pages(self) -> None:
        mine, bench = self.scene.researcher.namespace.slug, self.scene.owner.namespace.slug
        asset, leaky = f"/assets/{mine}/perfect", f"/assets/{mine}/leaky"
        base, benchmark = (
            f"/assets/{bench}/{self.scene.asset.name}",
            f"/benchmarks/{bench}/{self.scene.asset.name}",
        )
        unit, waiting = self.unit.namespace.slug, self.waiting.namespace.slug
        self.pages = {
            "": [
                "/", "/about", "/assets", "/assets?kind=algorithm&q=%E7%A4%BA%E4%BE%8B", "/assets?q=nothing-at-all",
                asset, base, f"{asset}/versions/1.0.0", f"{base}/versions/1.0.0",
                f"{asset}/versions/1.0.0/files/main.py", f"{asset}/versions/1.0.0/files/README.md",
                f"{asset}/versions/1.0.0/files/data/table.csv", "/benchmarks", benchmark, f"{benchmark}/leaderboard",
                f"/evaluations/{self.done}", "/organisations", f"/organisations/{unit}", f"/people/{mine}", "/sign-in",
                "/sign-up", "/forgot", "/search?q=%E7%A4%BA%E4%BE%8B", "/search?q=nothing", "/docs/api", "/styleguide",
                self._mailed(r"/reset/\S+", self.scene.owner.account.email),
            ],
            "researcher": [
                "/settings", "/settings/profile", "/settings/password", "/settings/sessions", "/settings/tokens",
                "/settings/account", "/assets/new", asset, f"{asset}/edit", f"{asset}/versions/new",
                f"{asset}/versions/1.1.0", f"{leaky}/versions/1.0.0", "/evaluations", f"/evaluations/{self.failed}",
                f"/evaluations/{self.done}", "/notices", "/outbox", benchmark, "/organisations/new",
                f"/organisations/{unit}", f"/organisations/{unit}/members", f"/organisations/{unit}/edit",
                f"/organisations/{unit}/verification",
                self._mailed(r"/invitations/\S+", self.scene.researcher.account.email),
            ],
            "owner": [benchmark, f"/evaluations/{self.done}", f"/organisations/{waiting}/verification"],
            "certifier": ["/scans", f"{leaky}/versions/1.0.0"],
            "secretariat": ["/organisations/verification", f"/organisations/{waiting}"],
            "system_admin": ["/admin", "/admin/people"],
            "security_admin": ["/admin/people"],
            "auditor": ["/admin/audit"],
        }  # fmt: skip
