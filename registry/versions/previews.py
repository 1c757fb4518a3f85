"""A look into a file: text, a table, a picture, or facts. Bytes are only ever read as text, with limits."""

import csv
import io
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from markupsafe import Markup

from portal.kit.markdown import front_matter, markdown
from portal.kit.storage import get_store
from registry.versions.serving import INLINE, suffix

MAX_TEXT = 200 * 1024
MAX_ROWS = 50
MAX_COLUMNS = 40
MAX_CELL = 300
TABLES = {".csv": ",", ".tsv": "\t"}
MARKDOWN = frozenset({".md", ".markdown"})
BINARY = frozenset(
    {
        *(".npy", ".npz", ".onnx", ".skops", ".safetensors", ".pkl", ".joblib", ".pt", ".pth", ".bin"),
        *(".zip", ".gz", ".tgz", ".tar", ".bz2", ".xz", ".7z", ".parquet", ".tif", ".tiff", ".pdf", ".gpkg"),
        *(".h5", ".hdf5", ".nc", ".shp", ".dbf", ".woff", ".woff2", ".mp4"),
    }
)


@dataclass
class Preview:
    """``kind`` is text, markdown, table, image or facts; ``cut`` says that the file goes on."""

    kind: str
    text: str = ""
    html: Markup = field(default_factory=Markup)
    header: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    cut: bool = False


def preview(file: Any) -> Preview:
    """What the page shows of a file (``path``, ``sha256``, ``size``)."""
    ending = suffix(file.path)
    if ending in INLINE:
        return Preview("image")
    if ending in BINARY:
        return Preview("facts")
    text = read_text(file.sha256)
    if text is None:
        return Preview("facts")
    cut = file.size > MAX_TEXT
    if ending in TABLES:
        return _table(text, TABLES[ending], cut)
    if ending in MARKDOWN:
        return Preview("markdown", text=text, html=markdown(front_matter(text)[1]), cut=cut)
    return Preview("text", text=text, cut=cut)


def read_text(sha256: str) -> str | None:
    """The first 200 KiB as text (UTF-8, else GB 18030), or None where the bytes are none."""
    with get_store().open(sha256) as stored:
        data = stored.read(MAX_TEXT)
    if b"\x00" in data:
        return None
    for encoding in ("utf-8-sig", "gb18030"):
        text = data.decode(encoding, "ignore")
        # A block may end inside a character; more than that means another encoding.
        if len(data) - len(text.encode(encoding.replace("-sig", ""))) <= (
            7 if data.startswith(b"\xef\xbb\xbf") else 4
        ):
            return text
    return None


def _table(text: str, separator: str, cut: bool) -> Preview:
    reader = csv.reader(io.StringIO(text), delimiter=separator)
    try:
        rows = [[cell[:MAX_CELL] for cell in row[:MAX_COLUMNS]] for row in islice(reader, MAX_ROWS + 2)]
    except csv.Error:
        return Preview("text", text=text, cut=cut)
    if not rows:
        return Preview("text", text=text, cut=cut)
    return Preview("table", header=rows[0], rows=rows[1 : MAX_ROWS + 1], cut=cut or len(rows) > MAX_ROWS + 1)
