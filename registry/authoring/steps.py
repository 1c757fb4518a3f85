"""The steps of the flow: which part of ``benchmark.yaml`` each form writes, and by which fields.

The name of a field is its place in the manifest (``limits.time_s``), so that what ``Manifest`` says of a place stands
beside the field.
"""

from dataclasses import dataclass

from portal.kit.i18n import N_
from registry.benchmarks.forms import AggregateName

Kind = str
"""text, word (a short text), whole, number, flag, lines, choice, choices."""


@dataclass(frozen=True)
class Entry:
    """One field. ``options`` of a choice are (value, message id)."""

    name: str
    kind: Kind
    label: str
    hint: str = ""
    options: tuple[tuple[str, str], ...] = ()
    required: bool = True


@dataclass(frozen=True)
class Rows:
    """A list of the manifest at the place ``key``, edited entry by entry; words for a new one, the n-th, removal."""

    key: str
    entries: tuple[Entry, ...]
    most: int
    another: str
    one: str
    remove: str


@dataclass(frozen=True)
class Step:
    """One page. ``keys``: the manifest's keys it is responsible for; ``folders`` that must not be empty; ``rows``: the
    list it edits.
    """

    key: str
    title: str
    lead: str
    keys: tuple[str, ...] = ()
    entries: tuple[Entry, ...] = ()
    folders: tuple[str, ...] = ()
    rows: Rows | None = None


KINDS = (("predictions", N_("Predictions")), ("program", N_("Program")), ("model", N_("Model file")))
AGGREGATES: tuple[tuple[AggregateName, str], ...] = (
    ("mean", N_("Mean")),
    ("sqrt_mean", N_("Square root of the mean")),
    ("median", N_("Median")),
    ("balanced_mean", N_("Mean over strata")),
    ("one_minus_ratio", N_("1 − sum / sum of denominators")),
)
DIRECTIONS = (("higher", N_("Higher is better")), ("lower", N_("Lower is better")))
METRIC_ENTRIES = (
    Entry("name", "word", N_("Name"), N_("Lower-case letters, digits and _.")),
    Entry("title.zh", "text", N_("Title in Chinese")),
    Entry("title.en", "text", N_("Title in English")),
    Entry("unit", "word", N_("Unit"), required=False),
    Entry("direction", "choice", N_("Direction"), options=DIRECTIONS),
    Entry("aggregate", "choice", N_("Made from the items by"), options=AGGREGATES),
    Entry("value", "word", N_("Column of the value")),
    Entry("stratum", "word", N_("Column of the stratum"), required=False),
    Entry("denominator", "word", N_("Column of the denominator"), required=False),
    Entry("formula", "text", N_("Formula"), required=False),
    Entry("primary", "flag", N_("This metric ranks"), required=False),
)

SLICE_ENTRIES = (
    Entry("name", "word", N_("Name"), N_("Lower-case letters, digits and _.")),
    Entry("title.zh", "text", N_("Title in Chinese")),
    Entry("title.en", "text", N_("Title in English")),
    Entry("column", "word", N_("Column of the categories")),
    Entry(
        "copy_of",
        "word",
        N_("Column with the original of a perturbed copy"),
        N_("Empty where nothing is a copy."),
        required=False,
    ),
    Entry("public", "flag", N_("Everyone sees the scores of this slice"), required=False),
)

STEPS = (
    Step(
        "texts",
        N_("Task description"),
        N_("What is asked for, in both languages; Markdown. Participants read it first."),
        ("title", "task", "source"),
        (
            Entry("title.zh", "text", N_("Title in Chinese")),
            Entry("title.en", "text", N_("Title in English")),
            Entry("source.name", "text", N_("Source of the data"), required=False),
            Entry("source.licence", "text", N_("Licence of the data"), required=False),
            Entry("source.citation", "text", N_("Citation"), required=False),
        ),
    ),
    Step(
        "submissions",
        N_("Submissions"),
        N_("What may be handed in, in which runtime it runs, and which files it must leave."),
        ("accepts", "runtime", "predictions", "model_io"),
        (
            Entry("accepts", "choices", N_("Accepted kinds"), options=KINDS),
            Entry("runtime", "choice", N_("Runtime"), N_("A submission may name another known one.")),
            Entry(
                "predictions.files",
                "lines",
                N_("Prediction files"),
                N_("One path in a line, such as predictions.csv."),
            ),
            Entry(
                "model_io.file",
                "word",
                N_("Models: input table"),
                N_(
                    "Below inputs/, such as items.csv. Leave all fields of models empty where none are accepted."
                ),
                required=False,
            ),
            Entry("model_io.id", "word", N_("Models: column of the id"), required=False),
            Entry(
                "model_io.features",
                "lines",
                N_("Models: features in this order"),
                N_("One in a line."),
                required=False,
            ),
            Entry("model_io.output", "word", N_("Models: file of predictions"), required=False),
            Entry("model_io.column", "word", N_("Models: predicted column"), required=False),
        ),
    ),
    Step(
        "data",
        N_("Inputs and labels"),
        N_("Labels are never in reach of a submission. Inputs are hidden too, unless you open them."),
        ("inputs_public",),
        (Entry("inputs_public", "flag", N_("Anyone may download the inputs"), required=False),),
        ("inputs/", "labels/"),
    ),
    Step(
        "scorer",
        N_("Scoring program"),
        N_(
            "Made from a template, or your own. It reads $input and writes scores.json and per_item.jsonl to $output."
        ),
        ("scorer",),
        (
            Entry("scorer.runtime", "choice", N_("Runtime")),
            Entry(
                "scorer.command",
                "text",
                N_("Command"),
                N_("Run in /scorer; there is no shell."),
                required=False,
            ),
        ),
        ("scorer/",),
    ),
    Step(
        "metrics",
        N_("Metrics"),
        N_("How the portal makes every score again from the per-item results. Exactly one ranks."),
        ("metrics",),
        rows=Rows(
            "metrics",
            METRIC_ENTRIES,
            20,
            N_("Another metric"),
            N_("Metric %(n)s"),
            N_("Remove this metric"),
        ),
    ),
    Step(
        "items",
        N_("Regions and slices"),
        N_(
            "Optional: a table that says where items lie and what they have in common, for scores by region and slice. "
            "Groups of too few items never get a score."
        ),
        ("item_table",),
        (
            Entry(
                "item_table.file",
                "word",
                N_("Item table"),
                N_("A CSV file below inputs/ or labels/, such as labels/items.csv; empty: none."),
                required=False,
            ),
            Entry("item_table.id", "word", N_("Column of the id"), required=False),
            Entry(
                "item_table.least", "whole", N_("Least items of a group"), N_("5 or more."), required=False
            ),
            Entry(
                "item_table.region.column",
                "word",
                N_("Column of the division code"),
                N_("GB/T 2260, 2, 4 or 6 digits. Either this or coordinates."),
                required=False,
            ),
            Entry(
                "item_table.region.public", "flag", N_("Everyone sees the scores by region"), required=False
            ),
            Entry("item_table.place.lon", "word", N_("Column of the longitude"), required=False),
            Entry("item_table.place.lat", "word", N_("Column of the latitude"), required=False),
            Entry("item_table.place.cell_deg", "number", N_("Side of a square in degrees"), required=False),
            Entry(
                "item_table.place.public", "flag", N_("Everyone sees the scores by square"), required=False
            ),
        ),
        rows=Rows(
            "item_table.slices",
            SLICE_ENTRIES,
            10,
            N_("Another slice"),
            N_("Slice %(n)s"),
            N_("Remove this slice"),
        ),
    ),
    Step(
        "limits",
        N_("Limits and quotas"),
        N_("What one jail may use, and how often one person may be scored."),
        ("limits", "quota", "logs_visible"),
        (
            Entry("limits.time_s", "whole", N_("Time in seconds")),
            Entry("limits.memory_mb", "whole", N_("Memory in MB")),
            Entry("limits.threads", "whole", N_("Threads"), required=False),
            Entry("limits.output_mb", "whole", N_("Output in MB"), required=False),
            Entry("limits.output_files", "whole", N_("Files of output"), required=False),
            Entry("limits.log_kb", "whole", N_("Log in kB"), required=False),
            Entry("quota.per_day", "whole", N_("Evaluations per person and day"), required=False),
            Entry("quota.total", "whole", N_("Evaluations per person in all"), required=False),
            Entry("logs_visible", "flag", N_("Submitters may read the log of their runs"), required=False),
        ),
    ),
    Step(
        "reference",
        N_("Reference submission"),
        N_("A submission whose score you know; the dry run begins with it."),
        ("dry_run",),
        (
            Entry("dry_run.kind", "choice", N_("Kind"), options=KINDS),
            Entry(
                "dry_run.path",
                "text",
                N_("Folder or file"),
                N_("Such as dryrun/reference, or labels/labels.csv where the labels are a perfect answer."),
            ),
            Entry("dry_run.expected", "number", N_("Expected value of the primary metric")),
            Entry("dry_run.tolerance", "number", N_("Tolerance"), required=False),
        ),
    ),
)
BY_KEY = {step.key: step for step in STEPS}
