"""What the catalogue says about one rule."""

import re
from dataclasses import dataclass

PLACEHOLDER = re.compile(r"%\((\w+)\)s")


@dataclass(frozen=True)
class Texts:
    """Message ids: what it is (with placeholders), why it matters, what to do."""

    title: str
    why: str
    advice: str

    @property
    def params(self) -> frozenset[str]:
        """The parameters that a finding of this rule carries, exactly."""
        return frozenset(PLACEHOLDER.findall(self.title + self.why))
