"""A pack is hostile input: unpacked by the rules for uploads, and every file compared with its digest before use."""

import stat
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from portal.kit.i18n import _
from portal.kit.storage import Blob, FolderStore
from registry.benchmarks.digests import INPUTS, LABELS, MANIFEST, SCORER, below, tree_digest
from registry.benchmarks.forms import Manifest, read_manifest
from registry.benchmarks.reading import MAX_YAML, NotReadableError
from registry.evaluation.queries.orders import StoredFile
from registry.exchange.formats.rocrate import METADATA
from registry.reproduction.local.faults import CannotRun
from registry.reproduction.pack import (
    BENCHMARK,
    FILES,
    FORMAT,
    PACK,
    PER_ITEM,
    README,
    SUBMISSION,
    SUMS,
    Extent,
    Pack,
)
from registry.scanning.jailed.budget import Budget, Limits, Tree
from registry.scanning.jailed.names import ArchiveError, is_litter, printable
from registry.scanning.jailed.zips import unpack_zip
from registry.scanning.rules import RULES

LIMITS = Limits(max_bytes=1 << 36, max_entries=50_000, max_depth=24)
MAX_PACK = 64 * 2**20
OWN = frozenset({PACK, README, SUMS, METADATA})
Show = Callable[[int], None]


@dataclass(frozen=True)
class Opened:
    """A pack whose files are what its description says, in a store of their own."""

    pack: Pack
    digest: str
    """SHA-256 of ``pack.json``; the result's page shows it."""
    manifest: Manifest
    store: FolderStore

    def files(self, folder: str) -> tuple[StoredFile, ...]:
        """The files below a folder, without it."""
        return tuple(
            StoredFile(file.path.removeprefix(folder), file.sha256, file.size)
            for file in self.pack.files
            if file.path.startswith(folder)
        )


class _Shown(Tree):
    """A tree that tells how many bytes have been written. It keeps all files: the pack's digests are over all."""

    show: Show = staticmethod(lambda _done: None)

    def write(self, path: str, chunks: Iterable[bytes]) -> int:
        """Write one file, then tell."""
        size = super().write(path, chunks)
        self.show(self.budget.written)
        return size


def open_pack(archive: Path, folder: Path, show: Show) -> Opened:
    """Unpack into ``folder`` (empty, ours) and check everything; `CannotRun` names the first file that is wrong.

    ``show`` is told the bytes unpacked so far.
    """
    found = _unpack(archive, folder / "tree", show)
    pack, digest = _description(folder / "tree", found)
    _compare(pack, found)
    _check_digests(pack)
    store = FolderStore(folder / "store")
    for file in pack.files:
        # The same content twice is one file in the store; adopting the second time removes it.
        store.adopt(folder / "tree" / FILES / file.path, Blob(file.sha256, file.size))
    return Opened(pack, digest, _manifest(pack, store), store)


def _unpack(archive: Path, root: Path, show: Show) -> dict[str, tuple[int, str]]:
    try:
        facts = archive.stat()
        if not stat.S_ISREG(facts.st_mode):
            raise CannotRun(_("%(path)s is no file.", path=archive))
        root.mkdir()
        tree = _Shown(root, Budget(LIMITS, facts.st_size), keeps_litter=True)
        tree.show = show
        unpack_zip(archive, tree)
    except ArchiveError as refused:
        rule = RULES.get(refused.code)
        title = _(rule.title) if rule is not None else refused.code
        where = f": {printable(refused.entry)}" if refused.entry else ""
        raise CannotRun(
            _("%(path)s is no pack that can be opened: %(reason)s", path=archive, reason=title + where),
            _("Download the pack again from the result's page."),
        ) from refused
    except OSError as error:
        raise CannotRun(
            _("%(path)s cannot be unpacked: %(reason)s", path=archive, reason=error.strerror or error),
            _("Check the path, and that the folder for temporary files (TMPDIR) has room for it."),
        ) from error
    return {str(item["path"]): (int(str(item["size"])), str(item["sha256"])) for item in tree.entries}


def _description(root: Path, found: dict[str, tuple[int, str]]) -> tuple[Pack, str]:
    if PACK not in found:
        raise CannotRun(
            _("There is no %(name)s in it: this is no reproduction pack.", name=PACK),
            _("Download the pack from the result's page."),
        )
    size, digest = found[PACK]
    if size > MAX_PACK:
        raise CannotRun(_("%(name)s is larger than any pack's.", name=PACK))
    try:
        return Pack.model_validate_json((root / PACK).read_bytes()), digest
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or PACK
        raise CannotRun(
            _(
                "%(name)s does not hold at “%(place)s”: %(reason)s",
                name=PACK,
                place=place,
                reason=first["msg"],
            ),
            _("This program reads the format %(format)s; a newer one may be needed.", format=FORMAT),
        ) from error


def _compare(pack: Pack, found: dict[str, tuple[int, str]]) -> None:
    """Every file of the description, in the order of paths, against what was unpacked; and nothing besides.

    What a file manager has put into a pack that was zipped anew is no part of it, and is passed over.
    """
    paths = [file.path for file in pack.files]
    if paths != sorted(set(paths)):
        raise CannotRun(_("%(name)s does not list its files in order, each once.", name=PACK))
    for file in pack.files:
        path = f"{FILES}/{file.path}"
        shown = printable(file.path)
        if path not in found:
            raise CannotRun(_("A file is missing: %(path)s", path=shown), _again())
        if found[path] != (file.size, file.sha256):
            raise CannotRun(
                _(
                    "A file is not what the pack says: %(path)s has SHA-256 %(got)s, recorded is %(wanted)s.",
                    path=shown,
                    got=found[path][1],
                    wanted=file.sha256,
                ),
                _again(),
            )
    named = OWN | {f"{FILES}/{path}" for path in paths}
    odd = sorted(path for path in found.keys() - named if not is_litter(path))
    if odd:
        raise CannotRun(
            _("The pack holds a file it does not name: %(path)s", path=printable(odd[0])), _again()
        )


def _again() -> str:
    return _("The pack was changed or damaged. Download it again from the result's page.")


def _check_digests(pack: Pack) -> None:
    """The digests that the portal recorded with the result, made again from the files of the pack."""
    submission, base = pack.below(SUBMISSION), pack.below(BENCHMARK)
    recorded = dict(pack.below(PER_ITEM))
    bench = pack.benchmark
    wanted = [
        (_("the submission"), pack.submission.digest, tree_digest(submission)),
        (_("the benchmark's manifest"), bench.manifest_digest, dict(base).get(MANIFEST, "")),
    ]
    if pack.extent is Extent.full:
        wanted += [
            (_("the scoring program"), bench.scorer_digest, tree_digest(below(base, SCORER))),
            (_("inputs and labels"), bench.data_digest, tree_digest(below(base, INPUTS, LABELS))),
            (_("the benchmark"), bench.digest, tree_digest(base)),
            (_("the recorded per-item results"), pack.per_item_digest, recorded.get("", "")),
        ]
    for name, given, made in wanted:
        if given != made:
            raise CannotRun(
                _("The files of %(name)s do not make the digest recorded with the result.", name=name),
                _again(),
            )


def _manifest(pack: Pack, store: FolderStore) -> Manifest:
    digest = dict(pack.below(BENCHMARK))[MANIFEST]
    try:
        with store.open(digest) as file:
            return read_manifest(file.read(MAX_YAML + 1))
    except NotReadableError as error:
        raise CannotRun(
            _("The benchmark's manifest cannot be read: %(reason)s", reason=str(error))
        ) from error
