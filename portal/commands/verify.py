"""``cspon verify``: the whole log of this database, or of an export on a machine with neither database nor network."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from portal.audit.verifying import Log
    from portal.kit.signing.note import NoteKey

BAD, UNREADABLE = 1, 2


@click.command()
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--key", default="", metavar="KEY", help="The log's public key (name+hash+key) as you know it.")
@click.option(
    "--witnessed", multiple=True, type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="NOTE",
    help="A checkpoint you or a witness kept; the log must continue it. May be repeated.",
)  # fmt: skip
def verify(file: Path | None, key: str, witnessed: tuple[Path, ...]) -> None:
    """Verify the audit log, or a signed statement, offline.

    Recomputes every leaf, the tree and every signature, and names what does not hold.

    FILE is an export (`cspon log export`) or a statement about a result; without it the database is read. For a
    statement KEY is the signer's public key (ed25519:BASE64).

    Exit code 0: everything holds; 1: something does not, and what; 2: FILE cannot be read.
    """
    from portal.audit.exports import BadExport, read
    from portal.client.language import speak_by_environment
    from portal.kit.signing import BadKey, note

    speak_by_environment()
    seen = [(path.name, path.read_text(encoding="utf-8", errors="replace")) for path in witnessed]
    try:
        if file is not None and (found := _statement(file)) is not None:
            _state(found, key)
            return
        trusted = note.read_key(key) if key else None
        if file is not None:
            _report(read(file), trusted, seen)
            return
        _of_database(trusted, seen)
    except (BadExport, BadKey, OSError, UnicodeDecodeError) as error:
        click.echo(f"{file or '--key'}: {error}", err=True)
        raise SystemExit(UNREADABLE) from None


def _statement(file: Path) -> dict[str, Any] | None:
    """The envelope in the file with the key beside it, if it is one small JSON object that holds one."""
    if file.stat().st_size > 1 << 24:
        return None
    try:
        value = json.loads(file.read_bytes())
    except (ValueError, RecursionError):
        return None
    if isinstance(value, dict) and "payloadType" in value:
        return {"envelope": value}
    return value if isinstance(value, dict) and "envelope" in value else None


def _state(found: dict[str, Any], key: str) -> None:
    """Check one statement and print what it says."""
    from portal.kit.i18n import _
    from portal.kit.signing import BadKey, dsse, read_public

    given = key or found.get("public_key")
    if not isinstance(given, str) or not given:
        raise BadKey(_("the file names no key; give the signer's public key by --key"))
    try:
        read = dsse.read_statement(found["envelope"], [read_public(given)])
    except (dsse.BadEnvelope, dsse.BadStatement) as error:
        click.echo(f"{click.style('✗', fg='red')} {error}")
        click.echo(_("The statement does not hold."))
        raise SystemExit(BAD) from None
    click.echo(json.dumps(dict(read.predicate), ensure_ascii=False, indent=1, sort_keys=True))
    for name, digest in read.subjects.items():
        click.echo(f"{name}  sha256:{digest}")
    click.echo(_("stated as %(kind)s, signed by %(key)s", kind=read.predicate_type, key=given))
    if not key:
        click.echo(_("Compare the key with the one you know, or give it by --key."))
    click.echo(_("The statement holds."))


def _of_database(trusted: "NoteKey | None", seen: list[tuple[str, str]]) -> None:
    from portal.audit.reading import own_log
    from portal.commands.database import database
    from portal.kit.db import configure, transaction

    with database() as url:
        configure(url)
        with transaction() as db:
            _report(own_log(db), trusted, seen)


def _report(log: "Log", trusted: "NoteKey | None", seen: list[tuple[str, str]]) -> None:
    from portal.audit.verifying import Verdict
    from portal.audit.verifying import verify as check
    from portal.kit.i18n import _

    if trusted is not None:
        log.key = trusted
    log.seen = [*log.seen, *seen]
    with click.progressbar(length=0, label=_("leaves"), file=sys.stderr, show_eta=False) as bar:

        def told(count: int) -> None:
            bar.length = (bar.length or 0) + count
            bar.update(count)

        verdict: Verdict = check(log, told)
    for words in verdict.findings:
        click.echo(f"{click.style('✗', fg='red')} {words}")
    if verdict.more:
        click.echo(_("and %(n)s more", n=verdict.more))
    click.echo(
        _(
            "%(n)s leaves, %(erased)s with erased names; %(signed)s checkpoints signed by %(key)s, %(co)s cosignatures",
            n=verdict.size,
            erased=verdict.erased,
            signed=verdict.signed,
            key=log.key.text() if log.key else "-",
            co=verdict.cosigned,
        )
    )
    if not verdict.ok:
        click.echo(_("The log does not hold."))
        raise SystemExit(BAD)
    unsigned = verdict.size - (verdict.newest.size if verdict.newest else 0)
    if unsigned:
        click.echo(_("The last %(n)s leaves are not covered by a checkpoint yet.", n=unsigned))
    if trusted is None:
        click.echo(_("Compare the key with the one you know, or give it by --key."))
    click.echo(_("The log holds."))


COMMANDS = {"verify": verify}
