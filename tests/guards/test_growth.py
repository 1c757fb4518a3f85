"""Every page costs the same however much there is to show: its statements are counted with little and with more."""

import datetime as dt
import uuid

from sqlmodel import Session

from portal.accounts.sessions import actor_of
from portal.kit.actor import SYSTEM
from portal.kit.clock import now
from portal.kit.db import transaction
from portal.organisations import actions as organisations
from portal.organisations.models import MemberRole
from registry.assets.models import AssetKind
from registry.authoring.steps import STEPS
from registry.community.actions import discussions, posts
from registry.community.forms import TopicInput
from registry.promotion.actions import common as promoting
from registry.promotion.actions import nominating
from registry.promotion.forms import NominationInput
from registry.promotion.models import Promotion, PromotionReport, PromotionSite, Stage
from registry.promotion.queries import pilots
from registry.trials.models import Trial, TrialState
from registry.versions import actions as versions
from registry.versions.actions.files import NewFile
from registry.versions.models import SubmissionKind, Version, VersionState
from tests.dryruns.drafts import draft_files
from tests.evaluation.tiny import RUNTIME, Scene, actor
from tests.exchange.conftest import accept
from tests.guards.test_budget import counted
from tests.support.browser import Client
from tests.support.make import Make, Person
from tests.trials.studio import PLACES, described, interface
from tests.workers.support import signed_on

MOST = 14
"""Statements of any page, the session's own among them."""
GATHERED = 20
"""Of the page of a promotion: its gates ask seven other domains how things stand now."""
ROLES = (
    "system_admin",
    "secretariat",
    "auditor",
    "security_admin",
    "certifier",
    "promotion_committee",
    "node_operator",
)


class Town:
    """One person who may see everything, with an asset, a benchmark, an organisation and a workshop that grow."""

    def __init__(self, db: Session, make: Make) -> None:
        self.db, self.make = db, make
        self.scene = Scene(db, make)
        self.me: Person = make.account("甲", roles=ROLES)
        self.unit = make.organisation(admin=self.me)
        self.asset = make.asset(self.me, name="hall", card="# 卡\n")
        self.grown = 0
        self.draft = make.version(
            make.asset(self.me, name="bench", kind=AssetKind.benchmark),
            draft_files(),
            state=VersionState.draft,
        )
        tool = make.asset(self.me, name="tool", kind=AssetKind.tool)
        files = {"cspon.yaml": described(), "main.py": b"", "examples/places.csv": PLACES}
        self.tool = make.version(tool, files, submission=SubmissionKind.program, runtime=RUNTIME)
        self.trial = self.tried()
        self.scored = ""
        self.promoted = ""
        self.site: uuid.UUID | None = None

    def tried(self) -> Trial:
        """A trial of one's own that is answered, as far as rows go."""
        trial = Trial(
            version_id=self.tool.id, asked_by=self.me.id, state=TrialState.done, interface=interface(),
            outputs=[], deadline_at=now(),
        )  # fmt: skip
        self.db.add(trial)
        self.db.commit()
        return trial

    def grow(self, times: int) -> None:
        """A version, a topic with a post, a member, an asset, a score, a worker, a trial and an input more, each."""
        for _time in range(times):
            self.grown += 1
            n = self.grown
            files = {"README.md": b"# x\n", f"data/{n}.csv": b"a\n1\n"}
            version = self.make.version(
                self.asset, files, number=f"1.0.{n}", submission=SubmissionKind.predictions
            )
            evaluation = accept(self.db, self.scene, version, rmse=1.0 + n, hits=0.5)
            self.scored = self.scored or f"/evaluations/{evaluation.id}"
            self.tried()
            missing = {"state": "missing", "reason": "", "params": {}, "facts": {}, "size": 0}
            outputs = self.trial.outputs = [*self.trial.outputs, missing]
            declared = {**interface()["outputs"][0]}
            self.trial.interface = interface(
                outputs=[{**declared, "file": f"{place}.csv"} for place, _one in enumerate(outputs)]
            )
            self.db.commit()
            self.make.version(
                self.make.asset(self.me, kind=AssetKind.dataset), files, state=VersionState.quarantined
            )
            other = self.make.account(f"客{n}")
            self.nominated(version, other)
            signed_on(f"host-{n}:1", station=f"hall-{n}")
            with transaction() as db:
                given = TopicInput(title=f"问题之 {n}", text="正文")
                new = NewFile(f"inputs/{n}.csv", self.make.blob(b"id\ni%d\n" % n))  # type: ignore[arg-type]
                versions.add_files(db, actor(self.me), version_id=self.draft.id, files=[new])
                topic = discussions.open_topic(db, actor(other), asset_id=self.asset.id, given=given)
                posts.reply(db, actor(self.me), discussion_id=topic.id, text="答复")
                organisations.invite(
                    db, actor_of(db, self.me.id), organisation_id=self.unit.id,
                    email=f"guest{n}@example.org", role=MemberRole.member,
                )  # fmt: skip

    def nominated(self, version: Version, who: Person) -> None:
        """A nomination, and one more step of the first one's log."""
        with transaction() as db:
            reasons = "已在两个县用于年度变更调查的辅助判读，节省外业时间。"
            made = nominating.nominate(
                db, actor_of(db, who.id), version_id=version.id, given=NominationInput(reasons=reasons)
            )
            self.promoted = self.promoted or f"/promotions/{made.id}"
            first = promoting.locked(db, uuid.UUID(self.promoted.rpartition("/")[2]))
            first.step += 1
            promoting.note(db, SYSTEM, first, "nominated", "system", reason="", found=[], override={})
            self.piloted(db, first)

    def piloted(self, db: Session, promotion: Promotion) -> None:
        """A pilot site of one's own organisation with a report more."""
        day, unit = dt.date(2026, 1, 1), self.unit.organisation.id
        promotion.stage = Stage.pilot
        site = PromotionSite(
            promotion_id=promotion.id, organisation_id=unit, node=f"节点{self.grown}", division="420100", from_on=day,
            to_on=day, deadline_at=now(), added_by=self.me.id,
        )  # fmt: skip
        db.add(site)
        db.flush()
        self.site = self.site or site.id
        number = 1 + len(pilots.reports(db, [self.site]))
        db.add(
            PromotionReport(
                site_id=self.site, number=number, from_on=day, to_on=day, use="用", effect="效", reported_by=self.me.id,
                measured={"area": float(number)},
            )
        )  # fmt: skip

    def pages(self) -> list[str]:
        """Every page that lists something."""
        here = f"/assets/{self.me.namespace.slug}/hall"
        bench = f"/benchmarks/{self.scene.owner.namespace.slug}/{self.scene.asset.name}"
        draft = f"/assets/{self.me.namespace.slug}/bench/versions/1.0.0"
        unit = f"/organisations/{self.unit.namespace.slug}"
        return [
            "/", "/assets", "/assets?q=x", "/benchmarks", bench, f"{bench}/leaderboard", "/evaluations", "/queue",
            "/search?q=x", "/organisations", unit, f"{unit}/members", f"{unit}/edit", f"{unit}/verification",
            "/organisations/new", "/organisations/verification", f"/people/{self.me.namespace.slug}",
            "/settings/account", "/settings/data", "/settings/password", "/settings/profile",
            "/me/reviews", "/me/reviews?tab=done", "/me/reviews/calibration",
            "/settings/security", "/settings/sessions", "/settings/tokens", "/notices", "/outbox", "/transfers",
            "/nodes", "/promotions", "/promotions/national", "/promotions/queue", "/promotions/rules/base",
            "/promotions/history", "/promotions/history?tab=votes", "/promotions/map", self.promoted,
            f"{self.promoted}/pilots",
            f"{self.promoted}/pilots/{self.site}", f"{self.promoted}/pilots/{self.site}/report",
            f"{self.promoted}/offer", "/me/pilots",
            f"{here}/versions/1.0.1/nominate",
            "/certificates", "/certificates/queue", "/me/certificates", "/certificates/profiles",
            "/certificates/profiles/base", f"{here}/versions/1.0.1/certify",
            "/reports", "/names", "/scans", f"/storage/{self.me.namespace.slug}", "/admin", "/admin/audit",
            "/admin/people", "/admin/storage", "/admin/workers",
            here, f"{here}/access", f"{here}/compare/1.0.1...1.0.2", f"{here}/discussions",
            f"{here}/discussions/1", f"{here}/discussions/new", f"{here}/downloads", f"{here}/edit", f"{here}/gate",
            f"{here}/lineage", f"{here}/report", f"{here}/requests", f"{here}/transfer", f"{here}/versions/new",
            f"{here}/versions/1.0.1", f"{here}/versions/1.0.1/files/README.md", f"{here}/watch",
            f"{draft}/author", *(f"{draft}/author/{step.key}" for step in STEPS), f"{draft}/author/raw/yaml",
            f"{draft}/author/show/preview", f"{draft}/dry-run",
            f"/assets/{self.me.namespace.slug}/tool/versions/1.0.0/try", f"/trials/{self.trial.id}",
            self.scored, f"{self.scored}/reproduction",
        ]  # fmt: skip


def test_every_page_costs_the_same_with_more_to_show(client: Client, db: Session, make: Make) -> None:
    town = Town(db, make)
    town.grow(2)
    client.sign_in(town.me)
    before = _costs(client, town)
    town.grow(4)
    after = _costs(client, town)
    dearer = {path: (before[path], n) for path, n in after.items() if n > before[path]}
    assert not dearer
    assert not {path: n for path, n in after.items() if n > (GATHERED if path == town.promoted else MOST)}


def _costs(client: Client, town: Town) -> dict[str, int]:
    """Statements of each page; every page is there."""
    found, absent = {}, {}
    for path in town.pages():
        answer = client.get(path)
        if answer.status_code != 200:
            absent[path] = answer.status_code
        with counted() as statements:
            client.get(path)
        found[path] = len(statements)
    assert not absent
    return found
