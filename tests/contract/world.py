"""A small portal in which every operation of the API finds something, and who asks it."""

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from portal.accounts.actions.tokens import create_token
from portal.accounts.models import Scope
from portal.accounts.sessions import actor_of
from portal.experts.advice.models import AdviceRequest, AdviceRouting, AdviceState
from portal.experts.models import Discipline, Expert, ExpertDiscipline, ExpertState, PublicField
from portal.kit.actor import Actor
from portal.kit.clock import now
from portal.kit.db import transaction
from portal.reviews.publicity.models import Ground, NoticeState, Objection, PublicNotice
from registry.assets.models import Asset, AssetKind
from registry.certification.actions.profiles import one_in_force
from registry.certification.models import Certificate, CertificateState
from registry.community.actions import discussions, posts, reports
from registry.community.forms import ReportInput, TopicInput
from registry.community.models import ReportKind
from registry.gates import actions as gates
from registry.gates import queries as gate_queries
from registry.gates.forms import GateInput
from registry.gates.models import GateField
from registry.handovers import actions as handovers
from registry.handovers.forms import OfferInput
from registry.promotion.actions import nominating
from registry.promotion.forms import NominationInput
from registry.storage.actions import sessions
from registry.storage.forms import UploadInput
from registry.trials.models import Trial, TrialState
from registry.versions.models import SubmissionKind, VersionState
from tests.contract import pilots
from tests.contract.rounds import concluded as _concluded
from tests.contract.rounds import inviting as _round
from tests.contract.rounds import reported as _reported
from tests.contract.rounds import staffed as _staffed
from tests.evaluation.tiny import RUNTIME, Scene
from tests.exchange.conftest import accept
from tests.support.make import Make, Person
from tests.trials.studio import PLACES, described, interface

ANSWERS = {GateField.organisation: "示例大学", GateField.purpose: "比较规划实施评估方法"}
DRAFT = {"README.md": b"# draft\n", "data/table.csv": b"a,b\n1,2\n"}
VERSIONS = "/api/v1/assets/{ns}/{name}/versions"
APPEAL = "/api/v1/rounds/{id}/submissions/{number}/appeal"
TOPICS = "/api/v1/assets/{ns}/{name}/discussions"


@dataclass
class World:
    """What the requests are made of: the values that stand for something, and what each actor sends.

    ``places``: by the beginning of a path, the parts of the address under which its operations find something;
    ``bodies``: by operation, a body that holds.
    """

    known: dict[str, list[Any]]
    headers: dict[str, dict[str, str]]
    ids: dict[str, list[str]]
    people: dict[str, Person]
    places: dict[str, dict[str, Any]]
    bodies: dict[str, dict[str, Any]]


def build(db: Session) -> World:
    """All assets are of one namespace, so that names drawn apart fit together."""
    make = Make(db)
    scene = Scene(db, make)
    publisher, reader = scene.owner, make.account("读者")
    member = make.account("成员", roles=("node_operator",))
    admin = make.account("管理员", roles=("system_admin", "secretariat", "security_admin", "certifier"))
    unit = make.organisation(admin=admin, publishers=(publisher,))
    program = scene.program(asset=make.asset(publisher, name="program"))
    table = make.asset(publisher, name="table", kind=AssetKind.dataset)
    make.version(table, {**DRAFT, "map.png": b"\x89PNG"}, submission=SubmissionKind.files)
    draft = make.version(
        table, DRAFT, number="1.1.0", state=VersionState.draft, submission=SubmissionKind.files
    )
    for number in ("1.2.0", "1.3.0"):
        make.version(table, DRAFT, number=number, state=VersionState.draft, submission=SubmissionKind.files)
    handed = make.asset(publisher, name="handed")
    make.version(handed)
    leaving = make.asset(publisher, name="leaving")
    make.version(leaving)
    made = accept(db, scene, program, rmse=1.0, hits=0.5)
    evaluation = scene.request(program, publisher)
    trial = _trial(db, make, make.asset(publisher, name="tool"), publisher)
    act = {person.id: _actor(person) for person in (publisher, member, reader)}
    with transaction() as session:
        topic = discussions.open_topic(
            session,
            act[member.id],
            asset_id=table.id,
            given=TopicInput(title="图斑面积的投影", text="请问用什么投影？"),
        )
        posts.reply(session, act[publisher.id], discussion_id=topic.id, text="用等积投影。")
        told = reports.report(
            session, act[member.id], asset_id=table.id,
            given=ReportInput(kind=ReportKind.copyright, text="这张表抄自他人的论文附录。"), post_id=None,
        )  # fmt: skip
        offer = handovers.offer(
            session, act[publisher.id], asset_id=leaving.id, given=OfferInput(to=unit.namespace.slug)
        )
        upload, _fresh = sessions.begin(
            session, act[publisher.id], version_id=draft.id, given=UploadInput(path="model.onnx", size=3)
        )
        gates.set_gate(
            session, act[publisher.id], asset_id=handed.id, given=GateInput(gated=True, terms="仅用于科研。")
        )
    with transaction() as session:
        gate = gate_queries.gate_of(session, handed.id)
        assert gate is not None
        asked = gates.request_access(
            session,
            act[reader.id],
            asset_id=handed.id,
            terms_sha256=gate.sha256,
            accept=True,
            answers=ANSWERS,
        )
        terms = gate.sha256
    question = _question(db, publisher, member)
    round_, invited = _round(db, publisher, admin)
    run = _staffed(db, round_, admin)
    over, session = _concluded(db, publisher, member)
    report = _reported(db, round_, publisher)
    notice = _announced(db, admin)
    pilot = pilots.piloted(db, make, operator=member, certifier=admin, publisher=publisher)
    known: dict[str, list[Any]] = {
        "ns": [publisher.namespace.slug],
        "slug": [unit.namespace.slug, publisher.namespace.slug],
        "name": ["program", "table", scene.asset.name, "handed", "leaving", "tool", "certified"],
        "number": ["1.0.0", "1.1.0"],
        "topic": [1],
        "post": [1, 2],
        "part": [0],
        "path": ["README.md", "data/table.csv", "main.py"],
        "terms": [terms],
        "member": [member.namespace.slug],
        "run": [str(run)],
        "session": [str(session)],
        "report": [str(report)],
        "site": [str(pilot.site), str(pilot.offered)],
        "version": [f"{publisher.namespace.slug}/program@1.0.0"],
        "benchmark": [f"{publisher.namespace.slug}/{scene.asset.name}"],
    }
    ids = {
        "/api/v1/evaluations/{id}": [str(made.id), str(evaluation)],
        "/api/v1/trials/{id}": [str(trial)],
        "/api/v1/reports/{id}": [str(told.id)],
        "/api/v1/advice/{id}": [str(question)],
        "/api/v1/publicity/{id}": [str(notice)],
        "/api/v1/objections/{id}": [str(_objected(db, notice, member))],
        "/api/v1/certificates/{id}": [
            str(_certified(db, make, publisher)),
            str(pilot.certificate),
            str(pilot.asked),
        ],
        "/api/v1/promotions/{id}": [str(_nominated(db, make, publisher)), str(pilot.promotion)],
        "/api/v1/transfers/{id}": [str(offer.id)],
        "/api/v1/rounds/{id}": [str(round_), str(over)],
        "/api/v1/me/invitations/{id}": [str(invited)],
        "/api/v1/assets/{ns}/{name}/versions/{number}/uploads/{id}": [str(upload.id)],
        "/api/v1/assets/{ns}/{name}/access-requests/{id}": [str(asked.id)],
    }
    here = {"ns": publisher.namespace.slug, "name": "table", "number": "1.0.0"}
    places: dict[str, dict[str, Any]] = {
        "/": {
            **here,
            "slug": unit.namespace.slug,
            "post": 2,
            "part": 0,
            "path": "README.md",
            "filename": "a.zip",
        },
        "POST /api/v1/assets/{ns}/{name}/versions/": {"number": "1.1.0"},
        "PUT /api/v1/assets/{ns}/{name}/versions/": {"number": "1.1.0"},
        "/api/v1/assets/{ns}/{name}/versions/{number}/uploads": {"number": "1.1.0"},
        "DELETE /api/v1/assets/{ns}/{name}/versions/": {"number": "1.1.0", "path": "data/table.csv"},
        "POST /api/v1/assets/{ns}/{name}/versions/{number}/yank": {"number": "1.0.0"},
        "POST /api/v1/assets/{ns}/{name}/versions/{number}/submit": {"number": "1.2.0"},
        "PATCH /api/v1/assets/{ns}/{name}/versions/{number}": {"number": "1.3.0"},
        "/api/v1/assets/{ns}/{name}/versions/{number}/dry-run": {"name": scene.asset.name},
        "/api/v1/assets/{ns}/{name}/versions/{number}/trials": {"name": "tool"},
        "/api/v1/assets/{ns}/{name}/versions/{number}/certificate": {"name": "certified", "number": "1.0.0"},
        "POST /api/v1/assets/{ns}/{name}/versions/{number}/nomination": {
            "name": "certified",
            "number": "1.0.0",
        },
        "POST /api/v1/assets/{ns}/{name}/versions/{number}/trials": {"name": "tool", "number": "1.0.0"},
        "/api/v1/experts/": {"slug": publisher.namespace.slug},
        "/api/v1/assets/{ns}/{name}/access": {"name": "handed"},
        "/api/v1/assets/{ns}/{name}/transfer": {"name": "program"},
        "/api/v1/assets/{ns}/{name}/discussions": {"number": 1},
        "/api/v1/benchmarks/": {"name": scene.asset.name},
        "/api/v1/rounds/{id}/submissions/{number}": {"id": str(round_), "number": 1},
        **{path: {"id": values[0]} for path, values in ids.items()},
        **pilots.places(pilot),
        "/api/v1/rounds/{id}/staffing/": {"run": str(run)},
        "/api/v1/rounds/{id}/approach": {"id": str(round_), "report": str(report)},
        "/api/v1/rounds/{id}/panel": {"id": str(over), "session": str(session)},
        **{
            f"/api/v1/rounds/{{id}}/submissions/{{number}}/{word}": {"id": str(over), "number": 1}
            for word in ("appeal", "letter", "scores")
        },
        "POST /api/v1/rounds/{id}/submissions/{number}/appeal": {"number": 2},
        "POST /api/v1/rounds/{id}/submissions/{number}/appeal/decision": {"number": 1},
        "/api/v1/evaluations/{id}/cancel": {"id": str(evaluation)},
        "/api/v1/trials/{id}/outputs/": {"n": 0},
    }
    bodies: dict[str, dict[str, Any]] = {
        "POST /api/v1/evaluations": {"version": known["version"][0], "benchmark": known["benchmark"][0]},
        "POST /api/v1/assets": {
            "namespace": publisher.namespace.slug, "name": "made", "kind": "dataset", "title": "新的成果",
            "licence": "CC-BY-4.0",
        },
        "PATCH /api/v1/assets/{ns}/{name}": {"venue": "城市规划", "year": 2024},
        f"POST {VERSIONS}": {"number": "2.0.0", "submission": "files"},
        f"PATCH {VERSIONS}/{{number}}": {"number": "1.3.1", "notes": "修订"},
        f"POST {VERSIONS}/{{number}}/yank": {"reason": "数据有误，请用新版本。"},
        f"POST {VERSIONS}/{{number}}/files": {"files": [{"path": "copy.md", "sha256": terms}]},
        f"POST {VERSIONS}/{{number}}/trials": {"parameters": {"factor": 1.5}},
        f"POST {VERSIONS}/{{number}}/nomination": {"reasons": "已在两个县用于年度变更调查的辅助判读，节省外业时间。"},
        f"POST {VERSIONS}/{{number}}/certification": {"profile": "base", "level": "pilot"},
        **pilots.bodies(pilot),
        "PUT /api/v1/me/expert": {"disciplines": ["A05"], "listed": True, "titles": "高级工程师"},
        "POST /api/v1/advice": {"title": "图斑的面积", "text": "不同投影下图斑面积相差多少，应当如何选用？" * 2},
        "POST /api/v1/advice/{id}/answer": {"text": "面积统计用等积投影，距离量算另选投影。" * 2, "sight": "named"},
        "POST /api/v1/me/invitations/{id}/answer": {"accept": True, "pledge": True},
        "POST /api/v1/publicity/{id}/objections": {"ground": "facts", "text": "公示所列数据与公开底图不一致，" * 2},
        "POST /api/v1/rounds/{id}/approach": {
            "text": "申报单位负责人来电，希望手下留情。", "channel": "phone", "happened": "2025-11-20", "submission": 1,
        },
        "POST /api/v1/rounds/{id}/approach/{report}/decision": {"decision": "examine"},
        "POST /api/v1/objections/{id}/decision": {"decision": "examine"},
        f"POST {APPEAL}": {
            "grounds": ["recusal"], "text": "有一位委员系竞争单位顾问，未按规定回避。", "links": ["https://example.org/notice"],
        },
        f"POST {APPEAL}/decision": {"decision": "accept"},
        "PUT /api/v1/assets/{ns}/{name}/watch": {"level": "releases"},
        f"POST {TOPICS}": {"title": "分辨率是多少", "text": "请问栅格的分辨率？"},
        f"POST {TOPICS}/{{number}}/posts": {"text": "谢谢。"},
        f"PATCH {TOPICS}/{{number}}/posts/{{post}}": {"text": "用等积投影，见附件。"},
        "POST /api/v1/assets/{ns}/{name}/reports": {"kind": "copyright", "text": "这张图抄自他人的论文附录。"},
        "PUT /api/v1/assets/{ns}/{name}/gate": {"gated": True, "terms": "仅用于科研。"},
        "POST /api/v1/assets/{ns}/{name}/access": {
            "terms_sha256": terms, "accept": True, "answers": {key.value: text for key, text in ANSWERS.items()},
        },
        "POST /api/v1/assets/{ns}/{name}/access-requests/{id}": {"decision": "approve"},
        "POST /api/v1/assets/{ns}/{name}/transfer": {"to": member.namespace.slug},
        "POST /api/v1/transfers/{id}": {"decision": "withdraw"},
    }  # fmt: skip
    headers = {
        "anonymous": {},
        "member": _token(member),
        "publisher": _token(publisher),
        "admin": _token(admin),
    }
    people = {"member": member, "publisher": publisher, "admin": admin}
    return World(known, headers, ids, people, places, bodies)


def _trial(db: Session, make: Make, tool: Asset, asker: Person) -> uuid.UUID:
    """An answered trial of a program that can be tried, without running anything."""
    files = {"cspon.yaml": described(), "main.py": b"pass\n", "examples/places.csv": PLACES}
    version = make.version(tool, files, submission=SubmissionKind.program, runtime=RUNTIME)
    table = make.blob(b"name,value,note\n")
    left = {"state": "unsupported", "reason": "", "params": {}, "size": table.size, "facts": {}}
    missing = {**left, "state": "missing", "size": 0}
    trial = Trial(
        version_id=version.id, asked_by=asker.id, state=TrialState.done, interface=interface(),
        outputs=[left, missing, missing, missing], files={"0": table.sha256}, deadline_at=now(), finished_at=now(),
    )  # fmt: skip
    db.add(trial)
    db.commit()
    return trial.id


def _question(db: Session, expert: Person, asker: Person) -> uuid.UUID:
    """A question that waits for the answer of an expert whose page is public."""
    db.add(Discipline(code="A05", name_zh="城市体检", name_en="City check-up"))
    keeper = Expert(
        account_id=expert.id, state=ExpertState.active, listed=True, public=[field.value for field in PublicField],
    )  # fmt: skip
    asked = AdviceRequest(
        account_id=asker.id, title="图斑面积的投影", text="应当用什么投影？" * 3, public=True, state=AdviceState.routed,
        published_at=now(), deadline_at=now() + dt.timedelta(days=7),
    )  # fmt: skip
    db.add_all([keeper, asked])
    db.flush()
    db.add(ExpertDiscipline(expert_id=keeper.id, discipline_code="A05"))
    db.add(AdviceRouting(request_id=asked.id, expert_id=keeper.id, deadline_at=asked.deadline_at))
    db.commit()
    return asked.id


def _announced(db: Session, secretary: Person) -> uuid.UUID:
    """A public notice that runs."""
    notice = PublicNotice(
        title_zh="评审结果公示", body_zh="现将结果予以公示。", working_days=5, created_by=secretary.id,
        state=NoticeState.running, starts_at=now(), last_day=now().date() + dt.timedelta(days=7),
        deadline_at=now() + dt.timedelta(days=8),
    )  # fmt: skip
    db.add(notice)
    db.commit()
    return notice.id


def _objected(db: Session, notice_id: uuid.UUID, objector: Person) -> uuid.UUID:
    """An objection that waits to be decided."""
    made = Objection(
        notice_id=notice_id, account_id=objector.id, ground=Ground.facts, text="公示所列数据与公开底图不一致。" * 2,
        deadline_at=now() + dt.timedelta(days=30),
    )  # fmt: skip
    db.add(made)
    db.commit()
    return made.id


def _nominated(db: Session, make: Make, owner: Person) -> uuid.UUID:
    """A version that somebody nominated."""
    version = make.version(make.asset(owner, name="nominated"))
    given = NominationInput(reasons="已在两个县用于年度变更调查的辅助判读，节省外业时间。")
    with transaction() as session:
        return nominating.nominate(
            session, actor_of(session, owner.id), version_id=version.id, given=given
        ).id


def _certified(db: Session, make: Make, owner: Person) -> uuid.UUID:
    """A certificate in force, with a statement."""
    with transaction() as session:
        profile = one_in_force(session, "base").id
    version = make.version(make.asset(owner, name="certified"))
    made = Certificate(
        version_id=version.id, asset_id=version.asset_id, profile_id=profile, version_digest=version.tree_digest,
        state=CertificateState.granted, requested_by=owner.id, number="CSPON-C-2026-00001", granted_level="rollout",
        granted_at=now(), expires_at=now() + dt.timedelta(days=30), deadline_at=now() + dt.timedelta(days=30),
        statement_sha256=make.blob(b"{}").sha256,
    )  # fmt: skip
    db.add(made)
    db.commit()
    return made.id


def _actor(person: Person) -> Actor:
    with transaction() as session:
        return actor_of(session, person.id)


def _token(person: Person) -> dict[str, str]:
    with transaction() as session:
        _row, secret = create_token(
            session, actor_of(session, person.id), name="contract", scopes=tuple(Scope), days=7
        )
    return {"Authorization": f"Bearer {secret}"}
