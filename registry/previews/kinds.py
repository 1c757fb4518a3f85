"""Which files have a preview, and how large they may be."""

from registry.previews.models import PreviewKind
from registry.versions.serving import suffix

MIB = 1 << 20
_SUFFIXES = {
    PreviewKind.markdown: (".md", ".markdown"),
    PreviewKind.table: (".csv", ".tsv", ".parquet"),
    PreviewKind.picture: (".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff"),
    PreviewKind.map: (".geojson", ".gpkg"),
    PreviewKind.notebook: (".ipynb",),
    PreviewKind.graph: (".onnx",),
    PreviewKind.paper: (".pdf",),
    PreviewKind.text: (
        *(".txt", ".text", ".log", ".rst", ".py", ".r", ".jl", ".sh", ".sql", ".js", ".ts", ".css", ".html", ".htm"),
        *(".c", ".h", ".cpp", ".hpp", ".java", ".go", ".rs", ".m", ".tex", ".bib", ".cff", ".prj", ".qml", ".sld"),
        *(".json", ".jsonl", ".yaml", ".yml", ".toml", ".ini", ".cfg", ".xml", ".svg", ".sha256", ".diff", ".patch"),
    ),
}  # fmt: skip
# SVG is text here: its source is shown, it is never drawn, because a drawing may carry scripts and addresses.
_KINDS = {ending: kind for kind, endings in _SUFFIXES.items() for ending in endings}
_NAMES = frozenset({"LICENSE", "LICENCE", "NOTICE", "README", "Makefile", "Dockerfile", "MLmodel"})
_LARGEST = {
    PreviewKind.text: 256 * MIB,  # only the beginning is read
    PreviewKind.markdown: 256 * MIB,
    PreviewKind.table: 512 * MIB,
    PreviewKind.picture: 128 * MIB,
    PreviewKind.map: 512 * MIB,
    PreviewKind.notebook: 32 * MIB,
    PreviewKind.graph: 512 * MIB,
    PreviewKind.paper: 128 * MIB,
}


def kind_of(path: str) -> PreviewKind | None:
    """The reader for a file by its name; None where there is nothing to show."""
    name = path.rpartition("/")[2]
    if name in _NAMES or name.startswith("LICENSE-"):
        return PreviewKind.text
    return _KINDS.get(suffix(path))


def largest(kind: PreviewKind) -> int:
    """The most bytes a file of this kind may have to be read at all."""
    return _LARGEST[kind]
