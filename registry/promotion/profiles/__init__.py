"""The rules that come with the program, as files of data beside this one."""

from functools import lru_cache
from pathlib import Path

from registry.editions.shipped import read
from registry.promotion.forms import ProfileData

FOLDER = Path(__file__).resolve().parent


@lru_cache(maxsize=1)
def shipped() -> tuple[ProfileData, ...]:
    """All of them, by code. A file that does not hold is a fault of the program and raises."""
    return read(FOLDER, ProfileData)
