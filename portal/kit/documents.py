"""Word documents (.docx) of headings, paragraphs and tables, in fonts that show Chinese."""

import io
import re
from collections.abc import Sequence
from typing import Any

from portal.kit.clock import now

_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def in_xml(text: str) -> str:
    """The text without characters no XML document can hold (1.0, production Char)."""
    return _NOT_IN_XML.sub("", text)


class Paper:
    """A document that grows from top to bottom. Texts are plain: nothing in them is a field or a macro."""

    def __init__(self, title: str) -> None:
        # Late: lxml is large, and most requests make no document.
        from docx import Document
        from docx.oxml.ns import qn

        self._document: Any = Document()
        properties = self._document.core_properties
        properties.title, properties.author, properties.created = in_xml(title)[:255], "", now()
        for name in ("Normal", "Title", "Heading 1", "Heading 2"):
            style = self._document.styles[name]
            style.font.name = "Times New Roman"
            style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), "宋体")
        self._document.add_heading(in_xml(title), level=0)

    def heading(self, text: str, level: int = 1) -> None:
        """A heading of level 1 or 2."""
        self._document.add_heading(in_xml(text), level=level)

    def text(self, text: str) -> None:
        """Paragraphs, one per line; empty lines are left out."""
        for line in in_xml(text).splitlines():
            if line.strip():
                self._document.add_paragraph(line)

    def table(self, header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """A table with a header row."""
        made = self._document.add_table(rows=1, cols=len(header), style="Table Grid")
        for cell, value in zip(made.rows[0].cells, header, strict=True):
            cell.text = in_xml(value)
        for row in rows:
            for cell, content in zip(made.add_row().cells, row, strict=True):
                cell.text = in_xml("" if content is None else str(content))

    def data(self) -> bytes:
        """The file."""
        out = io.BytesIO()
        self._document.save(out)
        return out.getvalue()
