"""How much synthetic content there is, and what its steps hand on."""

import uuid
from dataclasses import dataclass, field
from typing import Any

from portal.kit.storage import Blob
from registry.assets.models import AssetKind

NAMESPACE = "scale"
VERSIONS = 5
EVALUATIONS = 20
_KINDS = (AssetKind.model, AssetKind.algorithm, AssetKind.tool, AssetKind.dataset)
_PARTS = (*_KINDS, *_KINDS, AssetKind.paper, AssetKind.report)


@dataclass(frozen=True)
class Scale:
    """How much: assets, and of them the part of each kind; the rest follows (5 versions, 20 evaluations an asset)."""

    assets: int
    seed: int = 20261125

    @property
    def people(self) -> int:
        """One namespace for every fifty assets."""
        return max(2, self.assets // 50)

    @property
    def benchmarks(self) -> int:
        """One for every 250 assets, and enough for every version to meet several."""
        return max(10, self.assets // 250)

    def kind(self, number: int) -> AssetKind:
        """Benchmarks first, then six tenths of executable kinds, then the others."""
        if number < self.benchmarks:
            return AssetKind.benchmark
        return _PARTS[number % len(_PARTS)]


@dataclass
class Made:
    """What later steps build on."""

    people: list[tuple[uuid.UUID, uuid.UUID]] = field(default_factory=list)
    """Account and namespace of every person."""
    assets: list[dict[str, Any]] = field(default_factory=list)
    versions: dict[uuid.UUID, list[uuid.UUID]] = field(default_factory=dict)
    """Asset -> its versions, oldest first."""
    files: dict[str, Blob] = field(default_factory=dict)
