"""Read-only folders and files that a jail sees."""

from dataclasses import dataclass
from pathlib import Path, PurePosixPath


@dataclass(frozen=True)
class Bind:
    """The host's ``source`` (file or folder) appears read-only as ``target`` (absolute) in the jail."""

    source: Path
    target: str

    def __post_init__(self) -> None:
        if not self.source.is_absolute():
            raise ValueError(f"a bind's source must be absolute: {self.source}")
        target = PurePosixPath(self.target)
        if (
            not target.is_absolute()
            or ".." in target.parts
            or str(target) != self.target
            or self.target == "/"
        ):
            raise ValueError(f"a bind's target must be a plain absolute path: {self.target!r}")
        # The jail's option is `source:target`, so a colon would name another place.
        if any(c == ":" or ord(c) < 32 for c in f"{self.source}{self.target}"):
            raise ValueError(f"a bind's paths may hold neither colons nor control characters: {self.source}")
