"""The rules that come with the program, as files of data beside this one."""

from functools import lru_cache
from pathlib import Path

from registry.promotion.forms import ProfileData

FOLDER = Path(__file__).resolve().parent


@lru_cache(maxsize=1)
def shipped() -> tuple[ProfileData, ...]:
    """All of them, by code. A file that does not hold is a fault of the program and raises."""
    return tuple(
        ProfileData.model_validate_json(path.read_text(encoding="utf-8"))
        for path in sorted(FOLDER.glob("*.json"))
    )
