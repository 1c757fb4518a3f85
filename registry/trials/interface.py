"""What a program or a model says of itself in the part ``interface`` of ``cspon.yaml``: parameters, inputs, outputs.

The scan refuses what does not hold (``scanning.jailed.interfaces``, by line); this reads what was accepted. A test
compares the two. Versions from before this part existed may hold anything under that key: those cannot be tried.
"""

from functools import lru_cache
from typing import Annotated, Literal, Self

from pydantic import Field, TypeAdapter, ValidationError, model_validator

from portal.kit.i18n import _, get_locale
from registry.benchmarks.fields import Bilingual, PlainPath, Strict
from registry.benchmarks.forms import Command
from registry.benchmarks.reading import NotReadableError, read_yaml, stored_bytes
from registry.versions.manifest import MAX_BYTES
from registry.versions.serving import suffix

MAX_KB = 1024
ENDINGS = {
    "csv": (".csv",),
    "geojson": (".geojson", ".json"),
    "json": (".json",),
    "text": (".txt",),
    "image": (".png", ".jpg", ".jpeg"),
    "parquet": (".parquet",),
    "table": (".csv", ".tsv", ".parquet"),
    "picture": (".png", ".jpg", ".jpeg"),
    "map": (".geojson",),
    "document": (".txt", ".json", ".md"),
}
"""Kinds of inputs and outputs, and how the names of such files end."""
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Number = Annotated[float, Field(ge=-1e15, le=1e15)]
Column = Annotated[str, Field(min_length=1, max_length=100)]
Value = bool | int | float | str


class Named(Strict):
    """A thing with a title in both languages."""

    title: Bilingual

    @property
    def words(self) -> str:
        """The title in the reader's language."""
        return self.title.text(get_locale())


class Choice(Named):
    """One of the offered values."""

    value: Annotated[str, Field(min_length=1, max_length=100)]


class Parameter(Named):
    """One setting of a program. Without ``default`` it must be given (a flag is then off)."""

    name: Name
    type: Literal["number", "whole", "text", "choice", "flag"]
    hint: Bilingual | None = None
    unit: Annotated[str, Field(max_length=40)] = ""
    min: Number | None = None
    max: Number | None = None
    choices: list[Choice] = Field(default_factory=list, max_length=50)
    default: Value | None = None

    @property
    def said(self) -> str:
        """The hint in the reader's language."""
        return self.hint.text(get_locale()) if self.hint else ""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if bool(self.choices) != (self.type == "choice"):
            raise ValueError("choices belong to the type choice")
        if len({each.value for each in self.choices}) != len(self.choices):
            raise ValueError("a choice stands twice")
        if self.type not in {"number", "whole"} and (self.min is not None or self.max is not None):
            raise ValueError("bounds belong to numbers")
        if self.default is not None:
            self.checked(self.default)
        return self

    def shown(self, value: Value) -> str:
        """A value as a page says it, in the reader's language."""
        if isinstance(value, bool):
            return _("Yes") if value else _("No")
        named = {each.value: each.words for each in self.choices}
        unit = f" {self.unit}" if self.unit else ""
        return named.get(str(value), str(value)) + unit

    def checked(self, value: Value) -> Value:
        """The value, if it is of this parameter's type and within its bounds; `ValueError` otherwise."""
        types = {"number": (int, float), "whole": (int,), "flag": (bool,), "text": (str,), "choice": (str,)}
        if not isinstance(value, types[self.type]) or (isinstance(value, bool) and self.type != "flag"):
            raise ValueError(self.type)
        if isinstance(value, int | float) and not (
            (self.min is None or value >= self.min) and (self.max is None or value <= self.max)
        ):
            raise ValueError("bounds")
        if self.type == "choice" and value not in [each.value for each in self.choices]:
            raise ValueError("choices")
        return value


class Input(Named):
    """One file the visitor gives. ``file``: where below ``$input`` it lies; ``sample``: a file of the version that is
    taken where the visitor gives none."""

    name: Name
    kind: Literal["csv", "geojson", "json", "text", "image", "parquet"]
    file: PlainPath
    sample: PlainPath | None = None
    max_kb: Annotated[int, Field(ge=1, le=MAX_KB)] = MAX_KB
    columns: list[Column] = Field(default_factory=list, max_length=1000)
    """Columns a table must have; of a model: its features, in its order."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.columns and self.kind != "csv":
            raise ValueError("columns belong to tables")
        for path in (self.file, *([self.sample] if self.sample else [])):
            if suffix(path) not in ENDINGS[self.kind]:
                raise ValueError("the file's ending does not fit its kind")
        return self


class Output(Named):
    """One file the program leaves below ``$output``, and how it is shown. ``column`` names a model's prediction."""

    file: PlainPath
    kind: Literal["table", "picture", "map", "document"]
    column: Column = "prediction"

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if suffix(self.file) not in ENDINGS[self.kind]:
            raise ValueError("the file's ending does not fit its kind")
        return self


class Interface(Strict):
    """The whole: what a form asks for, and what an answer holds."""

    command: Command | None = None
    """What is run; without it the program's own command. ``$parameters``: a JSON file of the settings."""
    parameters: list[Parameter] = Field(default_factory=list, max_length=12)
    inputs: list[Input] = Field(default_factory=list, max_length=3)
    outputs: Annotated[list[Output], Field(min_length=1, max_length=6)]

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        names = [each.name for each in self.parameters] + [each.name for each in self.inputs]
        for given in (names, [each.file for each in self.inputs], [each.file for each in self.outputs]):
            if len(set(given)) != len(given):
                raise ValueError("a name stands twice")
        return self

    @property
    def fits_model(self) -> bool:
        """Whether a runner of ours can serve it: a table in, a table out, nothing else."""
        return (
            self.command is None
            and not self.parameters
            and [each.kind for each in self.inputs] == ["csv"]
            and [suffix(each.file) for each in self.outputs] == [".csv"]
        )

    @property
    def sampled(self) -> bool:
        """Whether one press of a button is enough: a sample for every input, a default for every parameter."""
        return all(each.sample for each in self.inputs) and all(
            each.default is not None or each.type == "flag" for each in self.parameters
        )


class Described(Strict):
    """What of ``cspon.yaml`` a trial needs: its interface, and the command where the interface names none."""

    interface: Interface | None = None
    command: str = ""
    broken: bool = False
    """There is a part ``interface``, but it does not hold."""


@lru_cache(maxsize=256)
def described(sha256: str) -> Described:
    """The ``cspon.yaml`` of that digest. Kept, because content under a digest never changes."""
    try:
        values = read_yaml(stored_bytes(sha256, MAX_BYTES))
    except NotReadableError:
        return Described(broken=True)
    command = values.get("command")
    command = command if isinstance(command, str) else ""
    if values.get("interface") is None:
        return Described(command=command)
    try:
        return Described(interface=Interface.model_validate(values["interface"]), command=_command(command))
    except ValidationError:
        return Described(broken=True)


def _command(text: str) -> str:
    return TypeAdapter(Command).validate_python(text) if text else ""


def of_model(columns: list[str], sample: str | None) -> Interface:
    """The interface of a model that declares none: its features in, one prediction per row out."""
    table = Bilingual(zh="输入表格", en="Table of inputs")
    return Interface(
        inputs=[
            Input(title=table, name="items", kind="csv", file="items.csv", sample=sample, columns=columns)
        ],
        outputs=[
            Output(title=Bilingual(zh="预测结果", en="Predictions"), file="predictions.csv", kind="table")
        ],
    )
