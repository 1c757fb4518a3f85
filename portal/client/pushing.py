"""Uploading a folder as a version: only what the portal lacks, in any number of goes, then submitted and watched."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from portal.client import describe, folder, sending
from portal.client.errors import ClientError, RefusedError
from portal.client.folder import LocalFile
from portal.client.names import Name, next_patch
from portal.client.portal_api import PortalApi
from portal.client.rehearsing import LIVE, rehearse
from portal.client.screen import Screen
from portal.client.states import words
from portal.kit.formats import filesize
from portal.kit.i18n import _, ngettext

POLL_S = 1.0
KNOWN_AT_ONCE = 1000
MOVING = {"scanning"}
EXIT_CODES = {"published": 0, "scanning": 0, "draft": 4, "rejected": 1, "quarantined": 3, "yanked": 1}


@dataclass(frozen=True)
class Plan:
    """What shall be pushed."""

    name: Name
    root: Path
    submission: str = ""
    """Empty: told by the files."""
    notes: str = ""
    create: bool = True
    wait: bool = True
    only_rehearse: bool = False
    """Of a benchmark: stop after the dry run."""
    options: describe.Options = field(default_factory=describe.Options)


def push(api: PortalApi, screen: Screen, plan: Plan) -> int:
    """Do it; the exit code. Running it again goes on where it stopped."""
    found, manifest, submission = _read(screen, plan)
    files = hashed(screen, found)
    fitting = _ensure_asset(api, screen, plan, submission)
    submission = plan.submission or ("files" if fitting == "benchmark" else fitting)
    name = _numbered(api, plan.name, str(manifest.get("version") or ""))
    screen.say(_("Pushing %(n)s to %(name)s (%(kind)s).", n=_count(files), name=name, kind=submission))
    version = _ensure_version(api, name, submission, plan.notes, files)
    if version["state"] == "draft":
        _send(api, screen, name, version, files)
        if fitting == "benchmark":
            rehearsed = rehearse(api, screen, name, wait=plan.wait)
            if not rehearsed["ready"] or plan.only_rehearse:
                return _not_submitted(api, screen, name, rehearsed, plan)
        version = api.submit(name)
    else:
        screen.say(_("This version was submitted before, with the same files."))
    if plan.wait:
        version = wait_for_scan(api, screen, name, version)
    return _outcome(api, screen, name, version)


def hashed(screen: Screen, files: list[LocalFile]) -> list[LocalFile]:
    """The files with their digests."""
    with screen.bars() as progress:
        bar = screen.bar(progress, _("computing SHA-256"), sum(file.size for file in files))
        return [folder.digest(file, bar.add) for file in files]


def _count(files: list[LocalFile]) -> str:
    size = filesize(sum(file.size for file in files))
    return ngettext("%(n)s file (%(size)s)", "%(n)s files (%(size)s)", len(files), size=size)


def _read(screen: Screen, plan: Plan) -> tuple[list[LocalFile], dict[str, Any], str]:
    """The folder's files, its manifest, and what kind of submission they are."""
    found = folder.walk(plan.root)
    for path, why in found.left_out:
        screen.say(_("left out: %(path)s (%(why)s)", path=path, why=why))
    if not found.files:
        raise ClientError(_("There is no file to push in %(path)s.", path=plan.root))
    manifest = folder.read_yaml(plan.root / "cspon.yaml")
    submission = plan.submission or folder.submission_of({file.path for file in found.files}, manifest)
    return found.files, manifest, submission


def show(screen: Screen, plan: Plan) -> None:
    """Show what a push would send; asks no portal."""
    files, _manifest, submission = _read(screen, plan)
    rows = [[file.path, filesize(file.size)] for file in files]
    screen.table("", [(_("File"), False), (_("Size"), True)], rows)
    screen.say(
        _("Would push %(n)s to %(name)s (%(kind)s).", n=_count(files), name=plan.name, kind=submission)
    )
    value = {
        "dry_run": True,
        "asset": plan.name.asset,
        "submission": submission,
        "files": [{"path": file.path, "size": file.size} for file in files],
    }
    screen.result(value, "")


def _create(api: PortalApi, body: dict[str, Any]) -> dict[str, Any]:
    """The new asset; where its name looks like another's, the refusal says which and how to go on."""
    try:
        return api.create_asset(body)
    except RefusedError as refusal:
        problem = refusal.problem
        if problem is None or "confirm_similar" not in problem.fields:
            raise
        raise ClientError(
            problem.fields["confirm_similar"],
            _("Push under another name, or repeat the command with --confirm-similar."),
            replace(problem, fields={}),
        ) from refusal


def _ensure_asset(api: PortalApi, screen: Screen, plan: Plan, submission: str) -> str:
    """Create the asset where it is missing; answers the submission kind that fits it, or that it is a benchmark."""
    asset = api.asset(plan.name)
    if asset is None:
        if not plan.create:
            raise ClientError(
                _("There is no asset %(name)s that you may see.", name=plan.name.asset),
                _("Leave out --no-create to create it."),
            )
        front, card = folder.read_card(plan.root)
        body = describe.asset(plan.name, front, card, submission, plan.options)
        asset = _create(api, body)
        screen.say(_("Created %(name)s (%(kind)s).", name=plan.name.asset, kind=asset["kind"]))
    if asset["kind"] == "benchmark":
        return "benchmark"
    return submission if asset["kind"] in folder.EVALUATED else "files"


def _numbered(api: PortalApi, name: Name, wanted: str) -> Name:
    """The name with its number: given, from cspon.yaml, that of the newest draft, or the next patch."""
    if name.number or wanted:
        return replace(name, number=name.number or wanted)
    versions = api.versions(name)
    if versions and versions[0]["state"] == "draft":
        return replace(name, number=str(versions[0]["number"]))
    return replace(name, number=next_patch([str(version["number"]) for version in versions]))


def _ensure_version(
    api: PortalApi, name: Name, submission: str, notes: str, files: list[LocalFile]
) -> dict[str, Any]:
    """The draft to fill. A submitted version is accepted if it holds exactly these files, and refused otherwise."""
    version = api.version(name)
    if version is None:
        api.create_version(name, submission, notes)
        version = api.version(name)
    if version is None:
        raise ClientError(_("The portal does not show the version %(name)s it just made.", name=name))
    if version["state"] == "draft" and version["submission"] != submission:
        return api.edit_version(name, submission, notes or str(version["notes"]))
    if version["state"] != "draft":
        theirs = {str(file["path"]): str(file["sha256"]) for file in version["files"]}
        if theirs != {file.path: file.sha256 for file in files}:
            raise ClientError(
                _("%(name)s was submitted already, with other files, and never changes.", name=name),
                _("Choose another number with --version."),
            )
    return version


def _send(
    api: PortalApi, screen: Screen, name: Name, version: dict[str, Any], files: list[LocalFile]
) -> None:
    """Bring the draft to hold exactly these files."""
    there = {str(file["path"]): str(file["sha256"]) for file in version["files"]}
    for path in sorted(there.keys() - {file.path for file in files}):
        api.remove_file(name, path)
        screen.say(_("removed from the draft: %(path)s", path=path))
    missing = [file for file in files if there.get(file.path) != file.sha256]
    taken: set[str] = set()
    for start in range(0, len(missing), KNOWN_AT_ONCE):
        some = missing[start : start + KNOWN_AT_ONCE]
        taken |= api.known(name, {file.path: file.sha256 for file in some})
    lacking = [file for file in missing if file.path not in taken]
    if len(lacking) < len(files):
        n = len(files) - len(lacking)
        screen.say(
            ngettext("%(n)s file is on the portal already.", "%(n)s files are on the portal already.", n)
        )
    with screen.bars() as progress:
        total = screen.bar(progress, _("uploading"), sum(file.size for file in lacking))
        for file in lacking:
            if file.size > sending.IN_PARTS:
                _put_in_parts(api, screen, name, file, total.done, total.to)
            else:
                _put(api, name, file, total.done, total.to)
            screen.console.print(f"  {file.path}", markup=False, style="dim")


def _put(api: PortalApi, name: Name, file: LocalFile, before: int, show: Callable[[int], None]) -> None:
    """One file; every try begins at its first byte, and the bar with it."""

    def body() -> Any:
        sent = before
        show(sent)
        for block in folder.blocks(file):
            sent += len(block)
            show(sent)
            yield block

    answer = api.put_file(name, file.path, file.size, body)
    _check_arrived(file, str(answer["sha256"]))
    show(before + file.size)


def _put_in_parts(
    api: PortalApi, screen: Screen, name: Name, file: LocalFile, before: int, show: Callable[[int], None]
) -> None:
    """A large file: what has arrived in an earlier go is not sent again."""
    arrived = sending.send(api, name, file, lambda done: show(before + done), screen.say)
    _check_arrived(file, arrived)
    show(before + file.size)


def _check_arrived(file: LocalFile, sha256: str) -> None:
    if sha256 != file.sha256:
        raise ClientError(
            _("%(path)s arrived damaged.", path=file.path),
            _("Run the same command again; if it repeats, check your network."),
        )


def wait_for_scan(api: PortalApi, screen: Screen, name: Name, version: dict[str, Any]) -> dict[str, Any]:
    """Watch the scan to its end, saying every change of state."""
    state = ""
    while True:
        if version["state"] != state:
            state = str(version["state"])
            screen.say(_("State: %(state)s", state=words(state)))
        if state not in MOVING:
            return version
        time.sleep(POLL_S)
        found = api.version(name)
        if found is None:
            raise ClientError(_("%(name)s is no longer there.", name=name))
        version = found


def _not_submitted(api: PortalApi, screen: Screen, name: Name, found: dict[str, Any], plan: Plan) -> int:
    """The draft stays a draft: its dry run was all that was wanted, is still under way, or has not passed."""
    link = f"{api.url}{found['url']}"
    screen.result({"version": str(name), "state": "draft", "url": link, "dry_run": found}, link)
    if found["ready"] or (not plan.wait and found["state"] in LIVE):
        return 0
    return 2 if found["state"] == "broken" else 1


def _outcome(api: PortalApi, screen: Screen, name: Name, version: dict[str, Any]) -> int:
    """Say what became of it; findings by file and line where it was not published."""
    state = str(version["state"])
    link = f"{api.url}/assets/{name.asset}/versions/{name.number}"
    findings: list[dict[str, Any]] = []
    if state in {"quarantined", "rejected", "draft"}:
        findings = _findings(api, name)
        if version.get("state_reason"):
            screen.say(str(version["state_reason"]))
        rows = [[_place(item), words(str(item["severity"])), str(item["title"])] for item in findings]
        if rows:
            screen.table("", [(_("Where"), False), (_("Severity"), False), (_("Finding"), False)], rows)
    value = {
        "version": str(name), "state": state, "url": link, "tree_digest": version.get("tree_digest", ""),
        "findings": findings,
    }  # fmt: skip
    screen.result(value, link)
    return EXIT_CODES.get(state, 0)


def _findings(api: PortalApi, name: Name) -> list[dict[str, Any]]:
    try:
        scan = api.scan(name)
    except RefusedError:
        return []
    return list(scan["findings"]) if scan else []


def _place(finding: dict[str, Any]) -> str:
    line = finding.get("line")
    return f"{finding.get('path') or '-'}" + (f":{line}" if line else "")
