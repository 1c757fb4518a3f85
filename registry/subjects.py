"""Versions of the registry as subjects of review: what a round takes over when one is entered."""

import re
import uuid

from portal.accounts import queries as accounts
from portal.kit.actor import NOBODY, Actor
from portal.kit.clock import shanghai
from portal.kit.db import Session
from portal.kit.formats import number
from portal.kit.i18n import LOCALES, N_, _, label
from portal.notices.actions import speaking
from portal.reviews.rounds import subjects
from portal.reviews.rounds.subjects import Evidence, Facts, Member
from registry.assets.models import Asset
from registry.assets.queries import objects as assets
from registry.certification.models import Standing
from registry.certification.queries import certificates
from registry.evaluation.queries import results
from registry.scanning import queries as scans
from registry.versions.models import Version, VersionState
from registry.versions.queries import versions

KIND = "version"
ADDRESS = re.compile(
    r"(?:https?://[^/\s]+)?/?(?:assets/)?([a-z0-9-]+)/([a-z0-9._-]+)(?:(?:/versions/|@)([0-9A-Za-z.+-]+))?/?"
)
MOST_RESULTS = 5
VERDICTS = {
    "publish": (N_("no objection"), "good"),
    "quarantine": (N_("quarantined, released by a certifier"), "warn"),
    "reject": (N_("rejected"), "bad"),
}


def find(db: Session, actor: Actor, address: str) -> uuid.UUID | None:
    """A published version by its address, or as ``namespace/name@1.0.0``; without a number the newest one."""
    match = ADDRESS.fullmatch(address.strip())
    if match is None:
        return None
    space, name, wanted = match.groups()
    if not wanted:
        found = assets.by_full_names(db, actor, [f"{space}/{name}"]).get(f"{space}/{name}")
        wanted = versions.newest_published(db, found[0]) if found is not None else ""
    row = versions.detail(db, actor, space, name, wanted) if wanted else None
    return row.id if row is not None and row.state is VersionState.published else None


def facts(db: Session, version_id: uuid.UUID) -> Facts | None:
    """Title, card, people and evidence of a published version; results are those that everybody may see."""
    found = versions.plain(db, version_id)
    if found is None or found[0].state is not VersionState.published:
        return None
    version, asset, space = found
    body = f"{asset.summary}\n\n{_without_front_matter(asset.card)}".strip()
    return Facts(
        title=f"{asset.title} {version.number}",
        text=body,
        url=f"/assets/{space}/{asset.name}/versions/{version.number}",
        people=_people(db, version, asset, space),
        keywords=assets.tags_of(db, asset.id),
        evidence=(*_certificate(db, version), *_scan(db, version, asset, space), *_results(db, version)),
    )


def _without_front_matter(card: str) -> str:
    return re.sub(r"\A---\n.*?\n---\n", "", card, flags=re.DOTALL).strip()


def _people(db: Session, version: Version, asset: Asset, space: str) -> list[Member]:
    """Whoever published it leads, for the organisation of the namespace; the authors stand beside."""
    namespace = accounts.namespace(db, space)
    unit = namespace.organisation_id if namespace is not None else None
    publisher = accounts.by_id(db, version.created_by)
    found = [Member(version.created_by, publisher.name if publisher is not None else "", unit, lead=True)]
    authors = assets.authors_of(db, asset.id)
    known = assets.accounts_of_namespaces(db, [row.namespace for row in authors if row.namespace])
    for row in authors:
        account_id = known.get(row.namespace) if row.namespace else None
        if account_id is None or account_id not in {member.account_id for member in found}:
            found.append(Member(account_id, row.name))
    return found


def _scan(db: Session, version: Version, asset: Asset, space: str) -> list[Evidence]:
    scan = scans.newest(db, version.id)
    if scan is None or scan.verdict not in VERDICTS:
        return []
    said, level = VERDICTS[scan.verdict]
    url = f"/assets/{space}/{asset.name}/versions/{version.number}"
    return [Evidence(N_("Security scan"), said, "", url, level, names_somebody=False)]


def _certificate(db: Session, version: Version) -> list[Evidence]:
    """What its certificate is worth at this moment, without its number: by that anybody finds the owner."""
    found = certificates.certificate_of(db, version.id)
    if found is None:
        return []
    until = f"{shanghai(found.expires_at):%Y-%m-%d}"
    said = {}
    for locale in LOCALES:
        with speaking(locale):
            worth = label(found.standing)
            if found.standing is Standing.valid:
                worth = _("%(level)s, valid until %(day)s", level=label(found.level), day=until)
            said[locale] = worth
    url, level = f"/certificates/{found.id}", found.standing.level
    line = Evidence(N_("Certificate"), said["zh_Hans"], said["en"], url, level, names_somebody=False)
    return [line]


def _results(db: Session, version: Version) -> list[Evidence]:
    """The newest results on public benchmarks, one a benchmark: primary metric with its 95 % interval."""
    rows = results.results_of(db, NOBODY, asset_id=version.asset_id, version_ids=[version.id])
    newest = {(row.bench_namespace, row.bench_name): row for row in reversed(rows)}
    chosen = list(newest.values())[-MOST_RESULTS:]
    metrics = results.metrics_of(db, [row[0].id for row in chosen])
    found = []
    for row in chosen:
        for value, metric in metrics.get(row[0].id, []):
            if metric.is_primary:
                figures = f"{number(value.value, 4)} [{number(value.low, 4)}, {number(value.high, 4)}] {metric.unit}"
                chinese, english = (
                    f"{title} {row.bench_number}: {name} {figures}".strip()
                    for title, name in (
                        (row.bench_title, metric.title_zh),
                        (row.bench_title_en or row.bench_title, metric.title_en),
                    )
                )
                url = f"/benchmarks/{row.bench_namespace}/{row.bench_name}"
                found.append(Evidence(N_("Benchmark result"), chinese, english, url, "info"))
    return found


subjects.register(subjects.Subject(KIND, N_("Version in the registry"), find, facts))
