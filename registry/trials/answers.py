"""A trial in the asker's words: why there is no answer, and what each output shows. What a program wrote is drawn from
the validated parts of its preview only."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from portal.kit.errors import NotFound
from portal.kit.i18n import N_, _, get_locale
from portal.kit.text import is_formula, to_csv
from registry.evaluation import failures
from registry.evaluation.failures import Words
from registry.previews.drawing import static_map
from registry.previews.pages import within
from registry.previews.parts import read_part
from registry.trials.interface import Interface, Output
from registry.trials.models import LIVE, TrialState

PAGED = {"table": "rows", "document": "lines"}
"""Outputs that are shown by pages, and what their parts are called."""
ADVICE = {
    "time_limit": N_("Give it less: a smaller area, fewer rows, a coarser setting. Trials are short."),
    "memory_limit": N_("Give it less: a smaller area, fewer rows, a coarser setting."),
    "output_limit": N_("Give it less: a smaller area, fewer rows, a coarser setting."),
    "log_limit": N_("Tell the publisher in the discussions: the program prints too much."),
    "command_failed": N_(
        "See below what it printed last. Check your input against the sample, or tell the publisher in the discussions."
    ),
    "model_refused": N_("Check the columns of your table against the sample: names, order and number."),
}
NO_OUTPUT = failures.Failure(
    N_("Nothing was written"),
    N_("The program ended well, but wrote none of the files it promises: %(files)s."),
    N_("Check your input against the sample, or tell the publisher in the discussions."),
)
GENERAL = N_("Check your input against the sample, or tell the publisher in the discussions.")
MISSING = N_("The program did not write this file.")


def reason(row: Any) -> Words | None:
    """Why a trial has no answer; None where it has one, or is still to come."""
    if row.state is TrialState.broken:
        return Words(
            _("Fault of the platform"),
            _("The platform could not run this trial. Your input is not to blame."),
            _("Please try again later."),
        )
    if row.state is not TrialState.failed:
        return None
    code, params = row.failure_code, row.failure_params
    if code == "no_output":
        text = _(NO_OUTPUT.text, files=params.get("files", "…"))
        return Words(_(NO_OUTPUT.title), text, _(NO_OUTPUT.advice))
    general = failures.words(code, params)
    return Words(general.title, general.text, _(ADVICE.get(code, GENERAL)))


@dataclass(frozen=True)
class Shown:
    """One output as a template draws it. ``facts`` are those of its preview."""

    number: int
    title: str
    path: str
    kind: str
    state: str
    reason: str
    size: int
    facts: dict[str, Any]
    shown: Any
    downloadable: bool
    page: int
    pages: int


def outputs(row: Any, query: Mapping[str, str] | None = None) -> list[Shown]:
    """The declared outputs of an answered trial, in order; of each the page that ``page-<number>`` asks for."""
    if row.emptied_at is not None or not row.outputs:
        return []
    interface = Interface.model_validate(row.interface)
    pairs = zip(interface.outputs, row.outputs, strict=True)
    return [
        _shown(row, n, output, entry, (query or {}).get(f"page-{n}", ""))
        for n, (output, entry) in enumerate(pairs)
    ]


def _shown(row: Any, n: int, output: Output, entry: dict[str, Any], asked: str) -> Shown:
    ready = entry["state"] == "ready"
    told = MISSING if entry["state"] == "missing" else str(entry.get("reason"))
    text = _(told) if told else ""
    pages = _pages(row, n, output.kind)
    page = within(asked, pages)
    return Shown(
        number=n,
        title=output.title.text(get_locale()),
        path=output.file,
        kind=output.kind,
        state=entry["state"],
        reason=text % entry["params"] if entry["params"] else text,
        size=entry["size"],
        facts=entry["facts"],
        shown=_content(row, n, output, entry, page) if ready else None,
        downloadable=str(n) in row.files,
        page=page,
        pages=pages,
    )


def _pages(row: Any, n: int, kind: str) -> int:
    stem = PAGED.get(kind)
    return sum(name.startswith(f"{n}/{stem}-") for name in row.parts) if stem else 1


def _content(row: Any, n: int, output: Output, entry: dict[str, Any], page: int) -> Any:
    if output.kind == "table":
        found = _part(row, n, f"rows-{page}")
        formulas = found and any(is_formula(cell) for line in found["rows"] for cell in line)
        return {**found, "formulas": formulas} if found else None
    if output.kind == "map":
        return _map(row, n, output, entry)
    if output.kind == "document":
        return _part(row, n, f"lines-{page}")
    return None  # a picture has an address of its own


def _part(row: Any, n: int, name: str) -> Any:
    digest = row.parts.get(f"{n}/{name}")
    return read_part(digest) if digest else None


def _rows(row: Any, n: int) -> list[list[str | None]]:
    """The rows that the reader kept, in order."""
    pages = range(1, _pages(row, n, "table") + 1)
    return [line for page in pages for line in _part(row, n, f"rows-{page}")["rows"]]


def _map(row: Any, n: int, output: Output, entry: dict[str, Any]) -> Any:
    found, facts = _part(row, n, "shapes"), entry["facts"]
    if not found or len(facts["extent"]) != 4:
        return None
    title = output.title.text(get_locale())
    return static_map(
        facts,
        found,
        title=_("Map of %(name)s", name=title),
        unnamed=title,
        note=_("Illustrative map, not reviewed"),
    )


def picture_digest(row: Any, n: str) -> str | None:
    """SHA-256 of the picture of an output, encoded by the reader; None where there is none."""
    found = row.parts.get(f"{n}/image")
    return str(found) if found else None


def table_csv(row: Any, n: int) -> bytes | None:
    """The rows that are shown, as a CSV that no spreadsheet program evaluates; None where the output is no table."""
    if not 0 <= n < len(row.outputs) or row.outputs[n]["state"] != "ready" or _part(row, n, "rows-1") is None:
        return None
    header = [column["name"] for column in row.outputs[n]["facts"]["columns"]]
    return to_csv(header, [[_plain(cell) for cell in line] for line in _rows(row, n)])


def _plain(cell: str | None) -> object:
    """A negative number stays one; whatever else begins like a formula is marked as text."""
    if cell and cell[0] in "+-" and not is_formula(cell):
        return float(cell)
    return cell


@dataclass(frozen=True)
class Stored:
    """A file as ``serving.file_response`` wants it."""

    path: str
    sha256: str
    size: int


def output_file(row: Any, number: str) -> Stored:
    """An output as the program left it; 404 where there is none."""
    digest = row.files.get(number)
    if digest is None:
        raise NotFound(_("There is no such file."))
    n = int(number)
    return Stored(row.interface["outputs"][n]["file"], digest, row.outputs[n]["size"])


def is_live(row: Any) -> bool:
    """Whether an answer is still to come."""
    return row.state in LIVE
