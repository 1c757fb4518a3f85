"""What the scanner collects about one file, with caps."""

from dataclasses import dataclass, field

MAX_PER_FILE = 40
MAX_PARAM = 200


def clean(text: object, limit: int = MAX_PARAM) -> str:
    """Hostile text made safe to carry: one line, printable, cut."""
    return "".join(char if char.isprintable() else " " for char in str(text)[: limit * 2]).strip()[:limit]


@dataclass
class Hits:
    """Findings of one file in the order found. Beyond the cap they are only counted, dangers last to be left
    out."""

    path: str
    found: list[dict[str, object]] = field(default_factory=list)
    left_out: int = 0

    def add(self, rule: str, line: int | None = None, excerpt: str = "", **params: object) -> None:
        """Note one finding; text in `params` is cleaned and cut."""
        values = {key: value if isinstance(value, int) else clean(value) for key, value in params.items()}
        known: dict[str, object] = {
            "rule": rule,
            "path": self.path,
            "line": line,
            "excerpt": clean(excerpt),
            "params": values,
        }
        if known in self.found:
            return
        if sum(hit["rule"] == rule for hit in self.found) >= MAX_PER_FILE:
            self.left_out += 1
            return
        self.found.append(known)
