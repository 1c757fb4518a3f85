"""``cspon keys``: the ceremony of the keys that rollout bundles stand on."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

PASSPHRASE = click.option(
    "--no-passphrase",
    is_flag=True,
    help="Leave the key file unencrypted (mode 0600): for a locked-away medium.",
)


@click.group()
def keys() -> None:
    """Make, use and change the keys that rollout bundles stand on."""


@contextmanager
def refusing() -> Iterator[None]:
    """Turn refusals into one line and exit code 1."""
    from portal.kit.errors import Refusal
    from portal.kit.signing import BadKey
    from registry.rollout.plan import Refused

    try:
        yield
    except (BadKey, Refused) as error:
        raise click.ClickException(str(error)) from error
    except Refusal as refusal:
        raise click.ClickException(f"{refusal.message} {refusal.hint or ''}".strip()) from refusal
    except OSError as error:
        raise click.ClickException(str(error)) from error


def _new_passphrase(*, without: bool) -> str | None:
    if without:
        return None
    phrase: str = click.prompt("Passphrase of the new key", hide_input=True, confirmation_prompt=True)
    if len(phrase) < 12:
        raise click.ClickException("The passphrase has 12 characters at least.")
    return phrase


@keys.command()
@click.argument("file", type=click.Path(path_type=Path))
@PASSPHRASE
def new(file: Path, no_passphrase: bool) -> None:
    """Make a key in a new FILE and print its public half, which the ceremony collects.

    Run it on the key holder's own machine: the file never leaves it.
    """
    from portal.kit.signing import public_text
    from registry.rollout import ceremony

    with refusing():
        signer = ceremony.make_key(file, _new_passphrase(without=no_passphrase))
    click.echo(public_text(signer.verifier))


@keys.command()
@click.option("--root-key", multiple=True, help="Public key for root (text or file); once for each holder.")
@click.option("--targets-key", multiple=True, help="Public key for targets.")
@click.option("--pilot-key", multiple=True, help="Public key for the pilot channel; none: this portal signs.")
@click.option(
    "--regional-key", multiple=True, help="Public key for the regional channel; none: this portal signs."
)
@click.option("--national-key", multiple=True, help="Public key for the national channel.")
@click.option(
    "--threshold", multiple=True, help="ROLE=N: so many signatures; root, targets and national: at least 2."
)
@click.option(
    "--make", type=click.Path(path_type=Path), help="Make 3 root, 2 targets, 3 national keys in this folder."
)
@click.option("--demo", is_flag=True, help="A ceremony for a demonstration: all keys below the site's home.")
@PASSPHRASE
def init(
    root_key: tuple[str, ...], targets_key: tuple[str, ...], pilot_key: tuple[str, ...],
    regional_key: tuple[str, ...], national_key: tuple[str, ...], threshold: tuple[str, ...], make: Path | None,
    demo: bool, no_passphrase: bool,
) -> None:  # fmt: skip
    """Hold the first ceremony: who signs what, with how many signatures.

    With public keys of people, root, targets and national wait for their signatures: `cspon rollout unsigned FOLDER`.
    """
    from portal.kit.clock import now
    from registry.rollout import ceremony

    with refusing():
        if demo:
            held = ceremony.hold_demo(now())
            click.echo(
                "A ceremony for a demonstration was held." if held else "There is a repository already."
            )
            return
        given = {
            role: [ceremony.public_of(text) for text in texts]
            for role, texts in (
                ("root", root_key), ("targets", targets_key), ("pilot", pilot_key), ("regional", regional_key),
                ("national", national_key),
            )
            if texts
        }  # fmt: skip
        present = []
        if make is not None and not ceremony.repository().begun:
            counts = {r: n for r, n in (("root", 3), ("targets", 2), ("national", 3)) if r not in given}
            made = ceremony.make_offline(make, _new_passphrase(without=no_passphrase), counts)
            given |= {role: [each.verifier for each in signers] for role, signers in made.items()}
            present = [each for signers in made.values() for each in signers]
            click.echo(f"Keys are in {make}: give each file to its holder, keep no copy here.")
        whole = ceremony.hold(given, _thresholds(threshold), now(), present=present)
    _say_what_waits(whole=whole)


def _thresholds(given: tuple[str, ...]) -> dict[str, int]:
    from registry.rollout.plan import ROLES

    found: dict[str, int] = {}
    for text in given:
        role, _sign, number = text.partition("=")
        if role not in ROLES or not number.isdigit():
            raise click.ClickException(f"{text}: write ROLE=N, the roles are {', '.join(ROLES)}")
        found[role] = int(number)
    return found


def _say_what_waits(*, whole: bool) -> None:
    if whole:
        click.echo("Everything is signed and served. Nodes get: cspon rollout root FILE")
    else:
        click.echo(
            "Signatures are waited for: cspon rollout unsigned FOLDER, then cspon keys sign, then take-back."
        )


@keys.command()
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
def show(file: Path | None) -> None:
    """Show who signs what and until when; with FILE, the public half of that key."""
    from portal.kit.signing import public_text
    from registry.rollout import ceremony

    with refusing():
        if file is not None:
            click.echo(public_text(_open(file).verifier))
            return
        there = ceremony.repository()
        if not there.begun:
            raise click.ClickException("There is no repository yet. Begin with: cspon keys init")
        if there.demo:
            click.echo("A demonstration: all keys lie below this site's home.")
        for each in there.standing():
            until = f"until {each.expires:%Y-%m-%d}" if each.expires else "not served yet"
            waits = (
                f"; version {each.pending} waits, {each.signed} of {each.wanted} signatures"
                if each.pending
                else ""
            )
            click.echo(
                f"{each.role:<10} version {each.version}, {until}, {each.threshold} of {len(each.keys)}{waits}"
            )
            for key in each.keys:
                click.echo(f"           {key}")


def _open(file: Path):  # type: ignore[no-untyped-def]
    from registry.rollout import ceremony

    phrase = click.prompt(f"Passphrase of {file.name}", hide_input=True) if ceremony.is_locked(file) else None
    return ceremony.read_key(file, phrase)


@keys.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--key", required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Key file."
)
def sign(file: Path, key: Path) -> None:
    """Add a signature to FILE, a metadata file from `cspon rollout unsigned`.

    Needs neither network nor database: for the key holder's own machine. Shows what is signed and asks first.
    """
    from registry.rollout import told
    from registry.rollout.repository import add_signature

    with refusing():
        data = file.read_bytes()
        for line in told.metadata(data):
            click.echo(line)
        click.confirm("Sign this?", abort=True)
        signed = add_signature(data, _open(key))
        file.write_bytes(signed)
    click.echo(f"{file} is signed; carry it back: cspon rollout take-back {file.name}")


@keys.command()
@click.argument("role")
@click.option(
    "--key", multiple=True, help="Public key (text or file); once for each. None: a new key of this portal."
)
@click.option(
    "--threshold", type=int, default=None, help="So many signatures; default: what the role has now."
)
def rotate(role: str, key: tuple[str, ...], threshold: int | None) -> None:
    """Give ROLE other keys. The role above signs the change, the role itself signs anew.

    Root: the old and the new threshold must both sign; nodes then follow by themselves.
    """
    from portal.kit.clock import now
    from registry.rollout import ceremony
    from registry.rollout.plan import RoleKeys

    with refusing():
        there = ceremony.repository()
        present = {each.role: each.threshold for each in there.standing()}
        if not key and role in ceremony.OFFLINE:
            raise click.ClickException(f"{role} is signed by people: name their public keys with --key.")
        new_keys = tuple(ceremony.public_of(text) for text in key) or (ceremony.fresh_online(role).verifier,)
        wanted = (
            threshold
            if threshold is not None
            else min(present.get(role, 1), len(new_keys))
            if not key
            else None
        )
        chosen = RoleKeys(new_keys, wanted if wanted is not None else present.get(role, 1))
        whole = there.rotate(role, chosen, ceremony.signers(), now())
    _say_what_waits(whole=whole)


@keys.command()
@click.argument("role")
def renew(role: str) -> None:
    """Sign ROLE for another term with the same contents: root, targets and national once a year."""
    from portal.kit.clock import now
    from registry.rollout import ceremony

    with refusing():
        whole = ceremony.repository().renew(role, ceremony.signers(), now())
    _say_what_waits(whole=whole)


COMMANDS = {"keys": keys}
