"""Text from strangers, made safe to look at: no control, no invisible change of direction, no endless line."""

from .result import UnsupportedError

BIDI = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c"
_SHOWN = {ord(char): f"⟨U+{ord(char):04X}⟩" for char in BIDI}
"""Characters that reorder what is read (the "Trojan source" of CVE-2021-42574) are shown by their number."""
_SHOWN |= {code: chr(0x2400 + code) for code in range(32) if chr(code) not in "\t\n"}
_SHOWN |= {0x7F: "␡", 0x2028: "\n", 0x2029: "\n"}
_SHOWN |= dict.fromkeys((*range(128, 160), *range(55296, 57344)), "�")


def visible(text: str) -> str:
    """The text with every control character made visible."""
    return text.translate(_SHOWN)


def clip(text: object, limit: int, *, strip: bool = True) -> str:
    """One line of at most `limit` characters. `strip`: without the spaces around it."""
    line = visible(str(text)[: limit * 2].replace("\r", " ").replace("\n", " "))
    line = line.strip() if strip else line
    return line if len(line) <= limit else line[: limit - 1] + "…"


def decode(data: bytes, *, whole: bool = True) -> tuple[str, str]:
    """(text, encoding) of UTF-8, UTF-16 with a mark, or GB 18030. `whole`: the data is not cut off somewhere."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _plain(data.decode("utf-16", "replace")), "UTF-16"
    if b"\x00" in data:
        raise UnsupportedError("binary")
    for encoding, name in (("utf-8-sig", "UTF-8"), ("gb18030", "GB 18030")):
        try:
            return _plain(data.decode(encoding)), name
        except UnicodeDecodeError as error:
            # A block that was cut off may end inside a character.
            if not whole and error.start >= len(data) - 4:
                return _plain(data[: error.start].decode(encoding)), name
    raise UnsupportedError("encoding")


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
