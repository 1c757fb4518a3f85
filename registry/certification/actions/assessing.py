"""From the request to the findings: asked for, taken in hand, computed, assessed, evidence brought."""

import datetime as dt
import unicodedata
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from portal.audit.actions import record
from portal.kit.actor import Actor
from portal.kit.clock import now
from portal.kit.db import Session
from portal.kit.errors import Clash, Conflict, Forbidden, Invalid, NotFound, TooLarge
from portal.kit.i18n import N_, _
from portal.kit.storage import get_store
from portal.settings import get_settings
from registry.assets.policy import can_edit
from registry.certification import criteria, policy
from registry.certification.actions import common, profiles
from registry.certification.facts import Facts
from registry.certification.forms import Criterion, RequestInput
from registry.certification.models import (
    OPEN,
    Certificate,
    CertificateCriterion,
    CertificateEvidence,
    CertificateState,
    CriterionKind,
    Level,
    Verdict,
)
from registry.certification.queries import certificates as queries
from registry.certification.queries import gathering
from registry.certification.queries import profiles as profile_queries
from registry.sandbox.runtimes import default_root
from registry.versions import queries as versions
from registry.versions.models import VersionState

ASKED = N_("Certification of %(what)s was asked for.")
MAX_EVIDENCE = 3 * 2**20
MOST_FILES = 60


def in_days(days: int) -> dt.datetime:
    """The instant so many days from now."""
    return now() + dt.timedelta(days=days)


def runtimes() -> Path:
    """Where runtimes are built on this machine, if they are."""
    settings = get_settings()
    return settings.runtime_dir or default_root(settings.home)


def request(
    db: Session, actor: Actor, *, version_id: uuid.UUID, given: RequestInput, demo: bool = False
) -> Certificate:
    """Ask for the assessment of a published version. One at a time; a version with pickles at pilot level only."""
    found = versions.get_for_change(db, version_id)
    if found is None:
        raise NotFound(_("There is nothing at this address."))
    version, asset = found
    if not policy.can_request(actor, asset.namespace_id) or actor.id is None:
        raise Forbidden(_("Only publishers of this namespace and the secretariat ask for certification."))
    if version.state is not VersionState.published:
        raise Conflict(_("Only a published version can be certified."), hint=_("Publish it first."))
    if version.executable_format and given.level is not Level.pilot:
        why = _("It holds files that execute code when loaded (pickle): pilot level only.")
        raise Clash(why, fields={"level": why})
    standing = queries.open_of(db, version.id)
    if standing is not None:
        refusal = Conflict(_("This version is being assessed already."))
        refusal.way_out = common.url(standing)
        raise refusal
    profile = profiles.one_in_force(db, given.profile)
    made = Certificate(
        version_id=version.id, asset_id=asset.id, profile_id=profile.id, version_digest=version.tree_digest,
        asked_level=given.level, purpose=given.purpose, requested_by=actor.id, demo=demo,
        deadline_at=in_days(get_settings().certificate_request_days),
    )  # fmt: skip
    db.add(made)
    db.flush()
    for position, want in enumerate(profile_queries.criteria(profile)):
        db.add(
            CertificateCriterion(certificate_id=made.id, position=position, code=want.code, kind=want.kind)
        )
    db.flush()
    record(
        db, actor, verb="certificate.requested", object=made, version=str(version.id), digest=version.tree_digest,
        profile=f"{profile.code}/{profile.number}", level=given.level.value,
    )  # fmt: skip
    compute(db, made)
    common.tell_certifiers(db, made, ASKED)
    return made


def take(db: Session, actor: Actor, *, certificate_id: uuid.UUID) -> Certificate:
    """A certifier without part in it takes it in hand."""
    certificate = common.judged(db, actor, certificate_id)
    certificate.assessor_id = actor.id
    deadline = in_days(get_settings().certificate_assess_days)
    common.move(db, actor, certificate, CertificateState.assessing, "certifier", deadline=deadline)
    compute(db, certificate)
    return certificate


def facts_of(db: Session, certificate: Certificate) -> Facts:
    """What is known of its version now."""
    version, asset, namespace = common.subject(db, certificate)
    return gathering.gather(db, version, asset, namespace, runtimes())


def compute(db: Session, certificate: Certificate) -> Facts:
    """Judge the computed criteria anew by what is known now. A changed finding loses a certifier's acceptance."""
    facts = facts_of(db, certificate)
    wanted = {each.code: each for each in profile_queries.criteria(common.profile_of(db, certificate))}
    for row in queries.criteria_of(db, certificate.id):
        if row.kind is not CriterionKind.computed:
            continue
        found = criteria.judge(facts, wanted[row.code])
        if (row.verdict, row.words) != (found.verdict, found.words):
            row.accepted = False
        row.verdict, row.words, row.at = found.verdict, found.words, now()
        row.params, row.evidence = found.params, found.evidence
        db.add(row)
    certificate.computed_at = now()
    db.add(certificate)
    db.flush()
    return facts


@dataclass(frozen=True)
class Answer:
    """What a certifier says of one criterion."""

    verdict: Verdict | None = None
    measured: float | None = None
    note: str = ""
    accepted: bool = False


def assess(
    db: Session, actor: Actor, *, certificate_id: uuid.UUID, answers: Mapping[str, Answer]
) -> Certificate:
    """Write down a certifier's findings. A computed verdict is not written over; where it is not known, a certifier
    may accept that with a note. An evidence file's verdict follows from the number it shows."""
    certificate = common.judged(db, actor, certificate_id)
    if certificate.state is not CertificateState.assessing:
        raise Conflict(_("This is not being assessed."), hint=_("Take it in hand first."))
    wanted = {each.code: each for each in profile_queries.criteria(common.profile_of(db, certificate))}
    files = _files(db, certificate.id)
    errors: dict[str, str] = {}
    changed = []
    for row in queries.criteria_of(db, certificate.id):
        answer = answers.get(row.code)
        if answer is None:
            continue
        problem = _answered(row, wanted[row.code], answer, files.get(row.code, 0))
        if problem:
            errors[f"n-{row.code}"] = problem
            continue
        row.assessed_by, row.at = actor.id, now()
        db.add(row)
        changed.append(f"{row.code}:{row.verdict.value}{'+' if row.accepted else ''}")
    if errors:
        raise Clash(_("Please correct the marked fields."), fields=errors)
    certificate.touch()
    db.add(certificate)
    db.flush()
    record(db, actor, verb="certificate.assessed", object=certificate, findings=changed)
    return certificate


def _answered(row: CertificateCriterion, want: Criterion, answer: Answer, files: int) -> str:
    """Write an answer into its row; what is wrong with it, or empty."""
    note = answer.note.strip()[:2000]
    if row.kind is CriterionKind.assessed:
        row.verdict = answer.verdict or Verdict.unknown
        if row.verdict is Verdict.not_met and len(note) < 4:
            return _("Please say what is missing.")
    if row.kind is CriterionKind.evidence_file:
        row.measured = answer.measured
        row.verdict = criteria.measured(want, answer.measured, files)
    # What a certifier has to look at is looked at, not accepted unseen.
    accepted = answer.accepted and row.verdict is Verdict.unknown and row.kind is not CriterionKind.assessed
    if accepted and len(note) < 4:
        return _("Please say why it is accepted although it is not known.")
    row.accepted, row.note = accepted, note
    return ""


def _files(db: Session, certificate_id: uuid.UUID) -> dict[str, int]:
    found: dict[str, int] = {}
    for each in queries.evidence_of(db, certificate_id):
        found[each.code] = found.get(each.code, 0) + 1
    return found


def file_name(name: str) -> str:
    """A plain file name: the last part of a path, without control characters, at most 120 characters."""
    last = name.replace("\\", "/").rpartition("/")[2]
    kept = "".join(c for c in unicodedata.normalize("NFC", last) if unicodedata.category(c)[0] != "C")
    kept = kept.strip().strip(".")
    if not kept:
        raise Invalid(_("The file has no name that can be kept."), fields={"file": _("Rename the file.")})
    head, dot, ending = kept.rpartition(".")
    return kept if len(kept) <= 120 else f"{(head or kept)[: 119 - len(ending[:20])]}{dot}{ending[:20]}"[:120]


def attach(
    db: Session, actor: Actor, *, certificate_id: uuid.UUID, code: str, filename: str, data: bytes
) -> CertificateEvidence:
    """Bring a file as evidence for a criterion: the version's publishers, the requester, or the certifier in charge."""
    certificate = common.locked(db, certificate_id)
    _version, asset, _namespace = common.subject(db, certificate)
    if actor.id is None or not actor.may("write"):
        raise Forbidden(_("You may not bring evidence to this."))
    if actor.id not in {certificate.requested_by, certificate.assessor_id} and not can_edit(
        actor, asset.namespace_id
    ):
        raise Forbidden(_("You may not bring evidence to this."))
    if certificate.state not in OPEN:
        raise Conflict(_("The assessment is over; evidence is not added any more."))
    wanted = {each.code: each for each in profile_queries.criteria(common.profile_of(db, certificate))}
    want = wanted.get(code)
    if want is None or want.kind is CriterionKind.computed:
        raise NotFound(_("There is nothing at this address."))
    if not data:
        raise Invalid(_("The file is empty."), fields={"file": _("The file is empty.")})
    if len(data) > MAX_EVIDENCE:
        raise TooLarge(_("Evidence has at most %(mb)s MiB a file.", mb=MAX_EVIDENCE // 2**20))
    if len(queries.evidence_of(db, certificate.id)) >= MOST_FILES:
        raise Conflict(_("There are %(n)s files of evidence already.", n=MOST_FILES))
    name = file_name(filename)
    blob = get_store().put([data])
    versions.note_blobs(db, [blob])
    made = CertificateEvidence(
        certificate_id=certificate.id,
        code=code,
        filename=name,
        sha256=blob.sha256,
        size=blob.size,
        added_by=actor.id,
    )
    db.add(made)
    db.flush()
    _rejudge(db, certificate, want)
    record(db, actor, verb="certificate.evidence-added", object=certificate, code=code, sha256=blob.sha256)
    return made


def _rejudge(db: Session, certificate: Certificate, want: Criterion) -> None:
    """The files of a criterion are its evidence; a measured one is judged anew."""
    files = [each for each in queries.evidence_of(db, certificate.id) if each.code == want.code]
    for row in queries.criteria_of(db, certificate.id):
        if row.code == want.code:
            row.evidence = [
                {
                    "what": each.filename,
                    "digest": each.sha256,
                    "url": f"{common.url(certificate.id)}/evidence/{each.id}",
                }
                for each in files
            ]
            if row.kind is CriterionKind.evidence_file:
                row.verdict = criteria.measured(want, row.measured, len(files))
            db.add(row)
    db.flush()
