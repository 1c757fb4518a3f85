"""The demo's certificates: one in force, one refused, one suspended; by the same actions people use."""

import uuid
from dataclasses import dataclass

from portal.demo import queries
from portal.demo.cast import UNITS
from portal.demo.people import actor
from portal.kit.db import Session, transaction
from portal.kit.errors import Refusal
from registry.certification.actions import assessing, common, deciding
from registry.certification.actions.assessing import Answer
from registry.certification.forms import DecisionInput, RequestInput
from registry.certification.models import CertificateState, CriterionKind, Level, Verdict
from registry.certification.queries import certificates
from registry.versions.models import Version, VersionState

LOOKED = "已查阅说明卡、文件清单和运行日志。（虚构）"
SILENT = "演示站点未导入或未记录该项数据，予以认可。（虚构）"


@dataclass(frozen=True)
class Case:
    """A version to certify, and what becomes of it."""

    namespace: str
    name: str
    ends: str
    purpose: str
    scope: str
    reason: str
    later: str = ""


CASES = (
    Case(
        "demo-geoai", "landcover-gradient-boosting", "granted",
        "用于省级年度土地覆盖变化监测。（虚构）",
        "适用于 30 m 多光谱影像的土地覆盖分类；不适用于夜间灯光和雷达影像。（虚构）",
        "各项条件经核查均已满足或予以认可。（虚构）",
    ),
    Case(
        "demo-spatial-lab", "landcover-index-rules", "granted",
        "用于年度土地覆盖监测的快速初判。（虚构）",
        "适用于 30 m 多光谱影像；云量超过三成的影像须先去云。（虚构）",
        "各项条件经核查均已满足或予以认可。（虚构）",
    ),
    Case(
        "demo-geoai", "bubenec-raster-1m", "granted",
        "用于地块建筑密度的批量核算。（虚构）",
        "适用于一米分辨率以内的建筑栅格；不适用于点云。（虚构）",
        "各项条件经核查均已满足或予以认可。（虚构）",
    ),
    Case(
        "demo-geoai", "area-crs-checker", "suspended",
        "用于成果汇交前的面积与坐标系检查。（虚构）",
        "适用于 CGCS2000 三度带成果的检查。（虚构）",
        "各项条件经核查均已满足或予以认可。（虚构）",
        "接用户反映个别带号判断有误，暂停以待核查。（虚构）",
    ),
    Case(
        "demo-remote-sensing", "landcover-logistic", "refused",
        "用于县级快速制图。（虚构）", "",
        "说明卡未写明训练样本的划分方式，混合像元较多时的局限也未说明，请补充后再申请。（虚构）",
    ),
)  # fmt: skip


def ensure_certificates() -> bool:
    """Make what is missing, each once; whether anything was. Versions that are not there or not published are left."""
    made = False
    for case in CASES:
        with transaction() as db:
            version = _version(db, case)
        if version is not None:
            made |= _made(case, version)
    return made


def _version(db: Session, case: Case) -> Version | None:
    asset = queries.asset(db, case.namespace, case.name)
    version = queries.version(db, asset.id, asset.latest_version) if asset is not None else None
    if asset is None or version is None or version.state is not VersionState.published:
        return None
    seen = certificates.of_versions(db, actor(db, "certifier"), asset_id=asset.id)
    return None if seen else version


def _made(case: Case, version: Version) -> bool:
    """One transaction, so that a half one is never seen. What does not hold here (no such runs, say) is not made."""
    owner = next(unit.admin for unit in UNITS if unit.slug == case.namespace)
    try:
        with transaction() as db:
            given = RequestInput(
                profile="base",
                purpose=case.purpose,
                level=Level.pilot if version.executable_format else Level.rollout,
            )
            key = assessing.request(db, actor(db, owner), version_id=version.id, given=given, demo=True).id
            assessing.take(db, actor(db, "certifier"), certificate_id=key)
            _assessed(db, key)
            _ended(db, case, key)
    except Refusal:
        return False
    return True


def _assessed(db: Session, key: uuid.UUID) -> None:
    answers = {}
    for row in certificates.criteria_of(db, key):
        if row.kind is CriterionKind.assessed:
            answers[row.code] = Answer(Verdict.met, note=LOOKED)
        elif row.verdict is Verdict.unknown:
            answers[row.code] = Answer(note=SILENT, accepted=True)
    assessing.assess(db, actor(db, "certifier"), certificate_id=key, answers=answers)


def _ended(db: Session, case: Case, key: uuid.UUID) -> None:
    certifier = actor(db, "certifier")
    if case.ends == "refused":
        deciding.refuse(db, certifier, certificate_id=key, reason=case.reason)
        return
    certificate = common.locked(db, key)
    level = next(
        (each for each in (Level.rollout, Level.pilot) if not deciding.missing(db, certificate, each)),
        Level.pilot,
    )
    given = DecisionInput(level=level, scope=case.scope, reason=case.reason)
    deciding.grant(db, certifier, certificate_id=key, given=given)


def suspend_certificates() -> bool:
    """Suspend those that end so, after the promotions had their time with them; whether anything was done."""
    done = False
    for case in CASES:
        if case.ends != "suspended":
            continue
        with transaction() as db:
            certifier = actor(db, "certifier")
            asset = queries.asset(db, case.namespace, case.name)
            rows = certificates.of_versions(db, certifier, asset_id=asset.id) if asset is not None else []
            if (
                rows
                and rows[0].demo
                and rows[0].state is CertificateState.granted
                and rows[0].state_reason == case.reason
            ):
                deciding.suspend(db, certifier, certificate_id=rows[0].id, reason=case.later)
                done = True
    return done
