"""``cspon reproduce``: fetch a pack where one is not given, check it, run it, say whether it agrees."""

import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from portal.client.errors import ClientError
from portal.client.screen import Bar, Screen
from portal.kit.formats import duration
from portal.kit.i18n import _, get_locale
from portal.kit.ids import parse_id

if TYPE_CHECKING:
    from portal.client.credentials import Login
    from portal.client.portal_api import PortalApi
    from registry.reproduction.local.comparing import Comparison
    from registry.reproduction.local.opening import Opened

MATCHES, DIFFERS, CANNOT_RUN = 0, 1, 2
"""Exit codes."""


class NotRunError(ClientError):
    """Nothing was compared."""

    exit_code = CANNOT_RUN


@dataclass(frozen=True)
class Wish:
    """What the command was asked for."""

    any_runtime: bool = False
    allow_weak_sandbox: bool = False
    check: bool = False
    with_labels: bool = False
    save: Path | None = None


@contextmanager
def refusing() -> Iterator[None]:
    """Errors of the block, of the portal and the network too, mean: it cannot be run."""
    try:
        yield
    except ClientError as error:
        raise NotRunError(error.message, error.hint, error.problem) from error


def reproduce(screen: Screen, result: str, portal: str | None, wish: Wish) -> int:
    """Check and run the pack at a path (asking nobody), or the pack of a result at a portal; the exit code."""
    from portal.client import credentials

    with _room() as folder:
        archive = Path(result)
        if not archive.exists():
            key = key_of(result)
            archive = wish.save or folder / f"{key}.zip"
            if archive.exists():
                raise ClientError(_("%(path)s is there already.", path=archive), _("Choose another name."))
            named = portal_of(result)
            login = credentials.choose(portal or named, found=portal is None and named is not None)
            _fetch(screen, login, key, archive, labels=wish.with_labels)
        unpacked = folder / "pack"
        unpacked.mkdir()
        return _run(screen, archive, unpacked, wish)


def portal_of(text: str) -> str | None:
    """The portal in a result's address; None where only an id is given."""
    parts = urlsplit(text)
    if not parts.scheme:
        return None
    head, _slash, _rest = text.partition("/evaluations/")
    return head.removesuffix("/api/v1")


def key_of(text: str) -> str:
    """The id of a result, from an id or from an address of its pages. Refuses what is neither."""
    _head, slash, rest = text.partition("/evaluations/")
    key = (rest if slash else text).strip("/").partition("/")[0].partition("?")[0]
    if parse_id(key) is None:
        raise ClientError(
            _("“%(text)s” is neither a file nor the address or id of a result.", text=text),
            _("Copy the address of the result's page, or give the path of a downloaded pack."),
        )
    return key


def _fetch(screen: Screen, login: "Login", key: str, target: Path, *, labels: bool) -> None:
    """Download the pack of a result to ``target``; nothing is left there where that fails."""
    from portal.client.connection import Connection
    from portal.client.portal_api import PortalApi

    with Connection(login, on_wait=screen.say) as connection:
        api = PortalApi(connection)
        _download(screen, api, api.reproduction(key, labels=labels), target)


def _download(screen: Screen, api: "PortalApi", address: str, target: Path) -> None:
    kept = target.with_name(f".{target.name}.part")
    try:
        with screen.bars() as progress:
            bar = screen.bar(progress, target.name, 0)
            api.connection.repeat(lambda: _receive(api, address, kept, bar))
        kept.replace(target)
    except OSError as error:
        raise ClientError(
            _("%(path)s cannot be written: %(reason)s", path=target, reason=error.strerror or error)
        ) from error
    finally:
        kept.unlink(missing_ok=True)


def _receive(api: "PortalApi", address: str, target: Path, bar: Bar) -> None:
    bar.to(0)
    with api.connection.stream(address) as response, target.open("wb") as out:
        target.chmod(0o600)
        for chunk in response.iter_bytes():
            out.write(chunk)
            bar.add(len(chunk))


def _run(screen: Screen, archive: Path, folder: Path, wish: Wish) -> int:
    """Check and run a pack; prints the comparison. `ClientError` where nothing could be compared."""
    from registry.reproduction.local import comparing, opening, running
    from registry.reproduction.local.faults import CannotRun

    try:
        opened = _opened(screen, archive, folder, opening.open_pack)
        if wish.check:
            value = {"verdict": "not_run", "result": opened.pack.result, "pack_sha256": opened.digest}
            screen.result(value, _("All files are what the pack says. Nothing was run."))
            return MATCHES
        warnings = _runtimes(opened, wish)
        for text in warnings:
            screen.say(_("Warning: %(text)s", text=text))
        with screen.busy(_("Running")):
            here = running.run_pack(opened, _teller(screen, opened), weak_allowed=wish.allow_weak_sandbox)
    except CannotRun as refused:
        raise ClientError(refused.message, refused.hint) from refused
    found = comparing.compare(opened.pack, here)
    if here.grade == "weak":
        warnings.append(_("The sandbox of this machine is weak."))
    _show(screen, found)
    if opened.pack.predict is not None:
        screen.say(_("Predicted in %(time)s.", time=duration(here.predict_s)))
    if here.metrics:
        screen.say(_("Scored in %(time)s.", time=duration(here.score_s)))
    value = comparing.as_json(opened.pack, opened.digest, here, found, warnings)
    screen.result(value, _words(opened, found))
    return MATCHES if found.match else DIFFERS


@contextmanager
def _room() -> Iterator[Path]:
    """A folder that is gone afterwards, also when the command is ended by SIGTERM."""

    def stop(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        with tempfile.TemporaryDirectory(prefix="cspon-reproduce-") as name:
            yield Path(name)
    finally:
        signal.signal(signal.SIGTERM, before)


def _opened(
    screen: Screen,
    archive: Path,
    folder: Path,
    open_pack: Callable[[Path, Path, Callable[[int], None]], "Opened"],
) -> "Opened":
    with screen.bars() as progress:
        size = archive.stat().st_size if archive.is_file() else 0
        bar = screen.bar(progress, _("Checking the files"), size)
        opened = open_pack(archive, folder, bar.to)
    pack = opened.pack
    screen.say(
        _(
            "%(submission)s on %(benchmark)s, recorded %(at)s",
            submission=f"{pack.submission.asset}@{pack.submission.version}",
            benchmark=f"{pack.benchmark.asset}@{pack.benchmark.version}",
            at=pack.scored_at,
        )
    )
    screen.say(pack.result)
    screen.say(_("All %(n)s files have their recorded digests.", n=len(pack.files)))
    if pack.confidential:
        screen.say(_("Warning: this pack holds hidden labels. Do not pass it on."))
    else:
        screen.say(
            _("Digest of the pack: %(digest)s (the result's page shows the same)", digest=opened.digest)
        )
    if pack.submission.withdrawn is not None:
        reason = pack.submission.withdrawn or _("no reason given")
        screen.say(_("Warning: the version was withdrawn by its publisher: %(reason)s", reason=reason))
    if pack.extent.value == "predictions":
        screen.say(_("The labels are hidden: only the predictions can be compared."))
    return opened


def _runtimes(opened: "Opened", wish: Wish) -> list[str]:
    """Sentences about runtimes that are not the recorded ones; refused unless that was asked for."""
    from portal.settings import get_settings
    from registry.evaluation.run.place import runtime_root
    from registry.reproduction.local.faults import CannotRun
    from registry.reproduction.local.running import other_runtimes

    found = other_runtimes(opened.pack, runtime_root(get_settings()))
    if found and not wish.any_runtime:
        raise CannotRun(
            found[0],
            _(
                "Use the release of this program that has that lock, or add --any-runtime and judge the difference."
            ),
        )
    return found


def _teller(screen: Screen, opened: "Opened") -> Callable[[str], None]:
    pack = opened.pack

    def tell(phase: str) -> None:
        if phase == "score":
            text, step = _("Scoring in %(runtime)s (at most %(time)s) …"), pack.score
        elif pack.predict is not None:
            text, step = _("Predicting in %(runtime)s (at most %(time)s) …"), pack.predict
        else:
            screen.say(_("The submission is a table of predictions: nothing to predict."))
            return
        screen.say(text % {"runtime": step.runtime, "time": duration(opened.manifest.limits.time_s)})

    return tell


def _show(screen: Screen, found: "Comparison") -> None:
    """The table of metrics; then what was compared by its digest."""
    english = get_locale() == "en"
    rows = [
        [
            line.metric.title.en if english else line.metric.title.zh,
            _exact(line.metric.value),
            _exact(line.here),
            _exact(line.difference),
            f"{line.metric.allowed:.2g}",
            _(line.verdict.label),
        ]
        for line in found.lines
    ]
    if rows:
        headings = [
            (_("Metric"), False),
            (_("Recorded"), True),
            (_("Here"), True),
            (_("Difference"), True),
            (_("Tolerance"), True),
            (_("Verdict"), False),
        ]
        screen.table("", headings, rows)
    screen.say(_("Predictions: %(verdict)s", verdict=_(found.predictions.label)))
    if found.per_item is not None:
        screen.say(_("Per-item results: %(verdict)s", verdict=_(found.per_item.label)))


def _exact(value: float | None) -> str:
    """Enough digits to see a difference that matters."""
    return "—" if value is None else f"{value:.9g}"


def _words(opened: "Opened", found: "Comparison") -> str:
    if opened.pack.extent.value == "predictions":
        if found.match:
            return _("The predictions are the recorded ones, byte for byte.")
        return _(
            "The predictions are not the recorded ones. That proves nothing where a program is not deterministic."
        )
    return _("The result is reproduced.") if found.match else _("The result differs.")
