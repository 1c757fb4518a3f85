"""Parts of previews in the store."""

import json
from functools import lru_cache
from typing import Any

from portal.kit.storage import get_store


@lru_cache(maxsize=48)
def read_part(sha256: str) -> Any:
    """A JSON part as it was validated before it was stored. Kept, because content under a digest never changes."""
    with get_store().open(sha256) as file:
        return json.loads(file.read())
