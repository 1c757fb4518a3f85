"""What a reader may answer. It has read hostile bytes, so its answer is hostile: unknown names, wrong types and too
much of anything are refused here, before a row is written or a page is drawn."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from registry.previews.models import PreviewKind

Count = Annotated[int, Field(ge=0, le=10**15)]
Short = Annotated[str, Field(max_length=130)]
Line = Annotated[str, Field(max_length=320)]
CLASSES = frozenset({"", "k", "s", "m", "c", "f", "b"})
"""Classes of highlighted text: keyword, string, number, comment, name, builtin."""


def _known(run: list[str]) -> list[str]:
    if run[0] not in CLASSES:
        raise ValueError("a class that no page knows")
    return run


Run = Annotated[
    list[Annotated[str, Field(max_length=2100)]], Field(min_length=2, max_length=2), AfterValidator(_known)
]
Lines = Annotated[list[Annotated[list[Run], Field(max_length=402)]], Field(max_length=20_000)]
Degrees = Annotated[list[Annotated[float, Field(ge=-1e12, le=1e12)]], Field(max_length=4)]
Grid = Annotated[list[Annotated[int, Field(ge=-10_000, le=20_000)]], Field(max_length=20_000)]


class Strict(BaseModel):
    """Nothing beyond what is declared, and nothing converted."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Index(Strict):
    """``preview.json``: how it ended, and the names of the parts."""

    format: Literal[1]
    status: Literal["ready", "unsupported"]
    reason: Annotated[str, Field(max_length=20)]
    params: Annotated[dict[str, Annotated[int, Field(ge=0, le=10**9)]], Field(max_length=3)]
    facts: Annotated[dict[str, object], Field(max_length=20)]
    parts: Annotated[
        list[Annotated[str, Field(pattern=r"^[a-z]{1,20}(-[1-9][0-9]?)?\.(json|png)$")]], Field(max_length=80)
    ]


class TextFacts(Strict):
    """A text file."""

    encoding: Short
    language: Short
    lines: Count
    cut: bool


class TextPart(Strict):
    """Lines from number ``first`` on, each of (class, text) runs."""

    first: Count
    lines: Lines


class MarkdownFacts(Strict):
    """A Markdown file."""

    encoding: Short
    cut: bool


class MarkdownPart(Strict):
    """Its source; rendered and sanitised when it is shown."""

    text: Annotated[str, Field(max_length=210_000)]


class ColumnFacts(Strict):
    """One column of a table; ranges are text, because 64-bit integers are no JSON numbers."""

    name: Short
    type: Short
    numeric: bool
    missing: Count
    distinct: Count
    many: bool
    min: Short
    max: Short
    mean: Short


class TableFacts(Strict):
    """A table: all its rows counted, ``shown`` of them in parts, columns summarised over ``summarised`` rows."""

    rows: Count
    shown: Count
    summarised: Count
    width: Count
    columns: Annotated[list[ColumnFacts], Field(min_length=1, max_length=60)]
    encoding: Short
    separator: Annotated[str, Field(max_length=1)]


class TablePart(Strict):
    """Rows from number ``first`` on."""

    first: Count
    rows: Annotated[list[Annotated[list[Line | None], Field(max_length=60)]], Field(max_length=50)]


class PictureFacts(Strict):
    """A picture as it was uploaded."""

    format: Short
    mode: Short
    width: Count
    height: Count
    frames: Count


class LayerFacts(Strict):
    """One layer of a map. ``extent``: west, south, east, north."""

    name: Short
    geometry: Short
    count: Count
    read: Count
    crs: Short
    code: Short
    fields: Annotated[list[Short], Field(max_length=40)]
    extent: Degrees


class MapFacts(Strict):
    """The layers; ``extent`` is in longitude and latitude where ``geographic``, else in unknown units."""

    layers: Annotated[list[LayerFacts], Field(min_length=1, max_length=12)]
    extent: Degrees
    geographic: bool


class Shapes(Strict):
    """The geometries of a layer on a grid of 10,000 steps along the extent: x, y, x, y …, y downwards."""

    points: Grid
    lines: Annotated[list[Grid], Field(max_length=9000)]
    areas: Annotated[list[Annotated[list[Grid], Field(max_length=3000)]], Field(max_length=9000)]


class MapPart(Strict):
    """What to draw, per layer."""

    layers: Annotated[list[Shapes], Field(max_length=12)]


class NotebookFacts(Strict):
    """A notebook; ``left_out`` counts outputs that are not shown (HTML, scripts, widgets)."""

    cells: Count
    shown: Count
    language: Short
    left_out: Count


class CellOutput(Strict):
    """Text, or the name of a part that is a picture."""

    kind: Literal["text", "picture"]
    text: Annotated[str, Field(max_length=170_000)]
    part: Annotated[str, Field(pattern=r"^(output-[1-9][0-9]?)?$")]


class Cell(Strict):
    """A cell: Markdown or raw text, or highlighted code with its outputs."""

    kind: Literal["markdown", "raw", "code"]
    text: Annotated[str, Field(max_length=170_000)]
    lines: Lines
    outputs: Annotated[list[CellOutput], Field(max_length=20)]


class NotebookPart(Strict):
    """Some cells."""

    cells: Annotated[list[Cell], Field(max_length=20)]


class Opset(Strict):
    """An operator set."""

    domain: Short
    version: Count


class Value(Strict):
    """An input or output of a graph."""

    name: Short
    type: Short
    shape: Line


class Operator(Strict):
    """How often an operator stands in the graph."""

    name: Short
    count: Count


class GraphFacts(Strict):
    """An ONNX model."""

    ir_version: Count
    producer: Short
    opsets: Annotated[list[Opset], Field(max_length=10)]
    inputs: Annotated[list[Value], Field(max_length=60)]
    outputs: Annotated[list[Value], Field(max_length=60)]
    parameters: Count
    nodes: Count
    operators: Annotated[list[Operator], Field(max_length=60)]
    external: bool


class Node(Strict):
    """One node of a graph."""

    operator: Short
    name: Short
    inputs: Annotated[list[Short], Field(max_length=6)]
    outputs: Annotated[list[Short], Field(max_length=6)]


class GraphPart(Strict):
    """The first nodes."""

    nodes: Annotated[list[Node], Field(max_length=200)]


class PaperMeta(Strict):
    """What the document says of itself."""

    title: Line
    author: Line
    subject: Line
    keywords: Line
    producer: Line
    created: Annotated[str, Field(pattern=r"^(\d{4}-\d{2}-\d{2})?$")]


class Heading(Strict):
    """A line of the outline; page 0 is unknown."""

    title: Line
    level: Annotated[int, Field(ge=1, le=3)]
    page: Count


class PaperFacts(Strict):
    """A PDF. ``active``: it wants to run something when it is opened, or has files attached."""

    pages: Count
    shown: Count
    characters: Count
    meta: PaperMeta
    outline: Annotated[list[Heading], Field(max_length=100)]
    active: bool


class PaperPart(Strict):
    """The text of the pages from number ``first`` on."""

    first: Count
    pages: Annotated[list[Annotated[str, Field(max_length=170_000)]], Field(max_length=5)]


@dataclass(frozen=True)
class PartRule:
    """``model`` None: a PNG. At most ``count`` parts of this name, each of at most ``size`` bytes."""

    model: type[Strict] | None
    count: int = 1
    size: int = 2 << 20


FACTS: Mapping[PreviewKind, type[Strict]] = {
    PreviewKind.text: TextFacts,
    PreviewKind.markdown: MarkdownFacts,
    PreviewKind.table: TableFacts,
    PreviewKind.picture: PictureFacts,
    PreviewKind.map: MapFacts,
    PreviewKind.notebook: NotebookFacts,
    PreviewKind.graph: GraphFacts,
    PreviewKind.paper: PaperFacts,
}
PARTS: Mapping[PreviewKind, Mapping[str, PartRule]] = {
    PreviewKind.text: {"lines": PartRule(TextPart, 25, 4 << 20)},
    PreviewKind.markdown: {"source": PartRule(MarkdownPart)},
    PreviewKind.table: {"rows": PartRule(TablePart, 40, 4 << 20)},
    PreviewKind.picture: {"image": PartRule(None, 1, 4 << 20)},
    PreviewKind.map: {"shapes": PartRule(MapPart)},
    PreviewKind.notebook: {
        "cells": PartRule(NotebookPart, 10, 8 << 20),
        "output": PartRule(None, 20, 4 << 20),
    },
    PreviewKind.graph: {"nodes": PartRule(GraphPart)},
    PreviewKind.paper: {"pages": PartRule(PaperPart, 40)},
}
