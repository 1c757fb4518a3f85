"""The commands. What runs or asks the network is imported when it is needed."""

import argparse
import json
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cspon_node.archive import Archive
from cspon_node.cli import wording
from cspon_node.durable import write_bytes
from cspon_node.home import Home, default_home
from cspon_node.installing import Installed, Shelf
from cspon_node.refusals import OK, PROGRAM_FAILED, WITHDRAWN, Refusal
from cspon_node.screen import Screen
from cspon_node.trust import Trust, own_root
from cspon_node.verifying import Terms
from cspon_node.verifying import verify as verify_bundle
from portal.kit.clock import now
from portal.kit.i18n import _
from portal.kit.signing import public_text

Given = argparse.Namespace


def _home(given: Given) -> Home:
    return Home(given.home or default_home())


def init(screen: Screen, given: Given) -> int:
    """Make the home; prints the key to be registered."""
    root = own_root(given.trust)
    path = given.home or default_home()
    name = given.name or platform.node() or "node"
    made = Home.make(path.absolute(), root, name=name, witnesses=given.witness, wanted=given.witnesses_needed)
    screen.say(
        _("The node's home is %(path)s. Keep a copy of its folder keys/ in a safe place.", path=made.path)
    )
    screen.say(_("Register this key at the portal:"))
    return key(screen, argparse.Namespace(home=made.path, witness=False))


def key(screen: Screen, given: Given) -> int:
    """The public key and its id."""
    from cspon_node.witnessing import witness_key

    home = _home(given)
    verifier = home.signer().verifier
    text = witness_key(home).text() if given.witness else public_text(verifier)
    screen.result({"key": text, "key_id": verifier.key_id, "name": home.config.name}, text)
    return OK


def verify(screen: Screen, given: Given) -> int:
    """All checks; with a home also against what the node has seen."""
    root = own_root(given.trust) if given.trust else None
    progress = screen.progress(_("Checking"))
    with Archive(given.bundle) as archive:
        if root is not None and given.home is None:
            screen.say(_("Checked without a node's memory: an older bundle would not be noticed (--home)."))
            found = verify_bundle(archive, Trust(root, None), Terms(now()), show=progress)
        else:
            home = _home(given)
            with home.locked():
                found = verify_bundle(archive, home.trust(root), home.terms(), show=progress)
                home.remember(found)
    screen.result(wording.verified_json(found), wording.verified(found))
    return OK


def install(screen: Screen, given: Given) -> int:
    """Verify and install."""
    root = own_root(given.trust) if given.trust else None
    home = _home(given)
    with home.locked(), Archive(given.bundle) as archive:
        return _install(screen, home, archive, root)


def _install(screen: Screen, home: Home, archive: Archive, root: bytes | None) -> int:
    made, found, new = Shelf(home).install(archive, root, screen.progress(_("Checking and copying")))
    text = wording.verified(found) + "\n"
    if new:
        text += _("Installed: %(version)s", version=made.manifest.subject.text)
    else:
        text += _("It was installed already: %(version)s", version=made.manifest.subject.text)
    screen.result({**wording.verified_json(found), "installed": new, "folder": str(made.folder)}, text)
    return OK


def show(screen: Screen, given: Given) -> int:
    """What is installed; ends with 7 while a current version is a withdrawn one, so that a script can tell."""
    shelf = Shelf(_home(given))
    standing = shelf.standing()
    if given.name:
        one = shelf.find(given.name)
        standing = [each for each in standing if each.installed.folder == one.folder]
    screen.result(
        [wording.standing_json(each) for each in standing],
        wording.detail(standing[0]) if given.name else wording.standing(screen, standing),
    )
    return WITHDRAWN if any(each.withdrawal and each.installed.current for each in standing) else OK


def run(screen: Screen, given: Given) -> int:
    """Run it in the jail; the receipt is written also where it failed."""
    from cspon_node.cli.running import run_installed

    home = _home(given)
    with home.locked():
        shelf = Shelf(home)
        chosen = shelf.find(given.name)
        _not_withdrawn(home, chosen)
        wording.warn_expired(screen, chosen.manifest)
        ok = run_installed(screen, home, chosen, given)
    return OK if ok else PROGRAM_FAILED


def _not_withdrawn(home: Home, chosen: Installed) -> None:
    from cspon_node.evidence import withdrawal

    row = withdrawal(chosen.manifest, home.withdrawn())
    if row is not None:
        subject = chosen.manifest.subject
        raise Refusal(
            "withdrawn", version=subject.text, asset=subject.asset, why=row.why, at=row.at, reason=row.reason
        )


def runtime(screen: Screen, given: Given) -> int:
    """Find or build the runtime of an installed version."""
    from cspon_node.runtimes import Sources, provide

    home = _home(given)
    with home.locked():
        chosen = Shelf(home).find(given.name)
        sources = Sources(given.runtimes, given.wheels, given.from_index)
        found = provide(home, chosen, sources, screen.say)
    value = {
        "name": found.name,
        "path": str(found.path),
        "digest": found.digest,
        "python": found.python_version,
    }
    screen.result(value, _("%(name)s (Python %(python)s) is at %(path)s", **value))
    return OK


def rollback(screen: Screen, given: Given) -> int:
    """Back to the version before."""
    home = _home(given)
    with home.locked():
        before, after = Shelf(home).rollback(given.name)
    screen.result(
        {"from": before.manifest.subject.version, "to": after.manifest.subject.version},
        _("%(asset)s: from %(old)s back to %(new)s", asset=after.manifest.subject.asset,
          old=before.manifest.subject.version, new=after.manifest.subject.version),
    )  # fmt: skip
    return OK


def remove(screen: Screen, given: Given) -> int:
    """Take one version away."""
    home = _home(given)
    with home.locked():
        gone, left = Shelf(home).remove(given.name)
    current = left.manifest.subject.version if left else None
    text = _("Removed: %(version)s", version=gone.manifest.subject.text)
    if current:
        text += "\n" + _("Current is now: %(version)s", version=current)
    screen.result({"removed": gone.manifest.subject.text, "current": current}, text)
    return OK


def receipt(screen: Screen, given: Given) -> int:
    """The chain, checked and exported."""
    home = _home(given)
    if given.send:
        from cspon_node.pulling import hand_in

        with home.locked(), _portal(given, given.send) as portal:
            count = hand_in(home, portal, given.send, given.first)
        screen.result({"sent": count}, _("Receipts handed in: %(n)s", n=count))
        return OK
    made = home.receipts().export(given.first or 1)
    count = len(made["receipts"])
    if given.out:
        write_bytes(given.out.absolute(), json.dumps(made, indent=1).encode(), 0o644)
        screen.result({"receipts": count, "file": str(given.out)},
                      _("Receipts written to %(file)s: %(n)s", n=count, file=given.out))  # fmt: skip
    else:
        screen.result(made, json.dumps(made, indent=1))
    return OK


@contextmanager
def _portal(given: Given, url: str) -> Iterator[Any]:
    from cspon_node.portal_door import Portal, read_token

    yield Portal(url, read_token(given.token_file), plain=given.allow_http)


def pull(screen: Screen, given: Given) -> int:
    """Fetch, check, and (when asked) install what the portal offers; then learn what was withdrawn.

    A bundle that is refused does not keep the others back; its refusal is the command's in the end.
    """
    from cspon_node.pulling import offers, refresh, save

    home = _home(given)
    seen: list[dict[str, Any]] = []
    refused: list[Refusal] = []
    with home.locked(), _portal(given, given.portal) as portal:
        for offer in offers(portal, given.channel, Shelf(home)):
            try:
                path = save(
                    home, portal, offer, screen.progress(_("Fetching %(version)s", version=offer.text))
                )
                _take(screen, home, path, install=given.install)
            except Refusal as refusal:
                refused.append(refusal)
                screen.say(_("Refused [%(code)s]: %(message)s", code=refusal.code, message=refusal.message))
                continue
            kept = None if given.install else str(path)
            seen.append({"version": offer.text, "channel": offer.channel, "file": kept})
            screen.say(_("Holds: %(version)s (%(channel)s)", version=offer.text, channel=offer.channel))
        refresh(home, portal)
    if refused:
        raise refused[0]
    screen.result({"bundles": seen}, _("New bundles: %(n)s", n=len(seen)) if seen else _("Nothing new."))
    return OK


def _take(screen: Screen, home: Home, path: Path, *, install: bool) -> None:
    """Check a fetched bundle; a refused one, and one that is installed, is not kept."""
    try:
        with Archive(path) as archive:
            if install:
                Shelf(home).install(archive, None, screen.progress(_("Checking and copying")))
            else:
                show = screen.progress(_("Checking"))
                home.remember(verify_bundle(archive, home.trust(), home.terms(), show=show))
    except Refusal:
        path.unlink(missing_ok=True)
        raise
    if install:
        path.unlink(missing_ok=True)


def witness(screen: Screen, given: Given) -> int:
    """Countersign the log's newest checkpoint."""
    from cspon_node.witnessing import witness as countersign

    home = _home(given)
    with home.locked(), _portal(given, given.portal) as portal:
        checkpoint, new = countersign(home, portal, given.log_key)
    screen.result(
        {"origin": checkpoint.origin, "size": checkpoint.size, "new": new},
        _("Countersigned: %(origin)s at %(size)s entries.", origin=checkpoint.origin, size=checkpoint.size),
    )
    return OK
