"""A small PDF of Chinese text, written by hand: one font that every reader knows, and a table of its characters.

ISO 32000-1: CID font STSong-Light with the predefined CMap UniGB-UCS2-H (9.7.5.2), not embedded; a ToUnicode CMap
(9.10.3), so that programs can take the text out again. Same input, same bytes.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

WIDTH, HEIGHT = 595, 842
LEFT, TOP, BOTTOM = 72, 770, 72
LINE = 1.7
EMS = 41.0
"""Characters of body text on a line; Latin letters count a half."""
_NEVER_FIRST = "，。、；：？！）》」』”’%"


@dataclass(frozen=True)
class Block:
    """A heading or a paragraph; `size` in points."""

    text: str
    size: float = 11.0
    is_heading: bool = False


def blocks_of(title: str, authors: Sequence[str], markdown: str) -> list[Block]:
    """The text of a card as blocks: headings, paragraphs and list items, without marks, tables and pictures."""
    blocks = [Block(title, 18.0), Block("　".join(authors), 11.0)]
    for part in re.split(r"\n\s*\n", markdown):
        for line in part.strip().splitlines():
            text = _plain(line)
            if not text:
                continue
            if line.startswith("#"):
                blocks.append(Block(text, 14.0, is_heading=True))
            elif line.startswith(("-", "1", "2", "3", "4", ">")) or not part.strip().startswith(("|", "```")):
                blocks.append(Block(text))
    return blocks


def _plain(line: str) -> str:
    text = re.sub(r"!\[[^]]*\]\([^)]*\)", "", line)
    text = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", text)
    return re.sub(r"[*`|]|^#+\s*|^>\s*", "", text).strip()


def write_pdf(path: Path, title: str, authors: Sequence[str], blocks: Sequence[Block]) -> None:
    """Lay the blocks out on A4 pages, with an outline of the headings."""
    pages, headings = _layout(blocks)
    first = 6
    kids = " ".join(f"{first + 2 * n} 0 R" for n in range(len(pages)))
    outline = first + 2 * len(pages)
    objects: list[bytes] = [
        f"<< /Type /Catalog /Pages 2 0 R /Outlines {outline} 0 R /Lang (zh-CN) >>".encode(),
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        (
            b"<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H "
            b"/DescendantFonts [4 0 R] /ToUnicode 5 0 R >>"
        ),
        (
            b"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light "
            b"/CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 4 >> /DW 1000 "
            b"/W [1 [207 270 342 467 462 797 710 239 374 374 423 605 238 375 238 334] 17 26 462 27 94 500] "
            b"/FontDescriptor << /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /FontBBox [-25 -254 1000 880] "
            b"/ItalicAngle 0 /Ascent 880 /Descent -120 /CapHeight 880 /StemV 93 >> >>"
        ),
        _stream(_to_unicode("".join(block.text for block in blocks))),
    ]
    for n, content in enumerate(pages):
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {WIDTH} {HEIGHT}] "
            f"/Resources << /Font << /F1 3 0 R >> >> /Contents {first + 2 * n + 1} 0 R >>".encode()
        )
        objects.append(_stream(content))
    objects += _outline(headings, outline, first)
    info = (
        f"<< /Title {_text(title)} /Author {_text('、'.join(authors))} /Producer (demo) "
        "/CreationDate (D:20261122090000+08'00') >>"
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_file([*objects, info.encode()]))


def _layout(blocks: Sequence[Block]) -> tuple[list[bytes], list[tuple[str, int]]]:
    """Content streams of the pages, and (heading, page number from 0)."""
    pages: list[list[str]] = [[]]
    headings: list[tuple[str, int]] = []
    y = float(TOP)
    for block in blocks:
        y -= block.size * (1.0 if block.is_heading else 0.4)
        for n, line in enumerate(_wrapped(block.text, EMS * 11.0 / block.size)):
            if y < BOTTOM:
                pages.append([])
                y = float(TOP)
            if block.is_heading and n == 0:
                headings.append((block.text, len(pages) - 1))
            pages[-1].append(f"BT /F1 {block.size:g} Tf {LEFT} {y:.1f} Td {_hex(line)} Tj ET")
            y -= block.size * LINE
    return ["\n".join(lines).encode() for lines in pages], headings


def _wrapped(text: str, ems: float) -> list[str]:
    lines, line, width = [], "", 0.0
    for word in re.findall(r"[!-~]+|.", text):
        size = sum(0.5 if ord(char) < 0x2E80 else 1.0 for char in word)
        if width + size > ems and word not in _NEVER_FIRST:
            lines.append(line)
            line, width = "", 0.0
        line += word
        width += size
    return [*lines, line]


def _hex(text: str) -> str:
    return "<" + text.encode("utf-16-be", "replace").hex().upper() + ">"


def _text(text: str) -> str:
    return "<FEFF" + text.encode("utf-16-be").hex().upper() + ">"


def _to_unicode(text: str) -> bytes:
    """Codes of UniGB-UCS2-H are the characters' own numbers, so the table maps each to itself."""
    codes = sorted({ord(char) for char in text if ord(char) < 0x10000})
    head = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /Demo def /CMapType 2 def\n"
    )
    parts = [head + "1 begincodespacerange <0000> <FFFF> endcodespacerange"]
    for at in range(0, len(codes), 100):
        some = codes[at : at + 100]
        parts.append(
            f"{len(some)} beginbfchar\n" + "\n".join(f"<{c:04X}> <{c:04X}>" for c in some) + "\nendbfchar"
        )
    return "\n".join([*parts, "endcmap end end"]).encode()


def _outline(headings: Sequence[tuple[str, int]], root: int, first_page: int) -> list[bytes]:
    count = len(headings)
    ends = f"/First {root + 1} 0 R /Last {root + count} 0 R " if count else ""
    objects = [f"<< /Type /Outlines {ends}/Count {count} >>".encode()]
    for n, (text, page) in enumerate(headings, start=1):
        near = (f"/Prev {root + n - 1} 0 R " if n > 1 else "") + (
            f"/Next {root + n + 1} 0 R " if n < count else ""
        )
        objects.append(
            f"<< /Title {_text(text)} /Parent {root} 0 R {near}/Dest [{first_page + 2 * page} 0 R /Fit] >>".encode()
        )
    return objects


def _stream(data: bytes) -> bytes:
    packed = zlib.compress(data, 9)
    return b"<< /Length %d /Filter /FlateDecode >>\nstream\n" % len(packed) + packed + b"\nendstream"


def _file(objects: Sequence[bytes]) -> bytes:
    """The objects with their cross-reference table; the last one is the document information."""
    data, offsets = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(data))
        data += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    count = len(objects)
    table = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    trailer = (
        f"trailer\n<< /Size {count + 1} /Root 1 0 R /Info {count} 0 R >>\nstartxref\n{len(data)}\n%%EOF\n"
    )
    return data + f"xref\n0 {count + 1}\n0000000000 65535 f \n{table}{trailer}".encode()
