"""What the demo holds, read from content/catalogue.toml: one entry per benchmark, submission and library asset."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from typing import Any

from registry.demo.trees import CONTENT


@dataclass(frozen=True)
class Entry:
    """One asset. `benchmark`: of a submission to one; `submission` (predictions, program, model): of all that runs."""

    slug: str
    kind: str
    namespace: str
    title: dict[str, str]
    summary: dict[str, str]
    licence: str
    scenarios: list[str]
    tags: list[str]
    authors: list[str]
    related: list[str]
    benchmark: str | None = None
    submission: str | None = None
    reference: str | None = None
    """Of a benchmark: the submission that its dry run hands in as the reference."""
    version: str = "1.0.0"
    publication: dict[str, Any] = field(default_factory=dict)
    """Year, venue, region and period of a paper or report."""
    folder: str = ""
    """Where its content is, for a second version of an asset; else a folder of its name."""

    @property
    def place(self) -> str:
        """Its folder, in the content and in what is built."""
        return self.folder or self.slug

    def asset(self) -> dict[str, Any]:
        """The content of asset.yaml."""
        fields = (
            "slug", "kind", "namespace", "version", "title", "summary", "licence", "scenarios", "tags", "authors",
            "related",
        )  # fmt: skip
        known = {name: getattr(self, name) for name in fields} | {"demo": True}
        if self.publication:
            known["publication"] = self.publication
        if self.benchmark is not None:
            known["benchmark"] = self.benchmark
        if self.submission is not None:
            known["submission"] = self.submission
        return known

    def front_matter(self, spatial: dict[str, Any] | None = None) -> dict[str, Any]:
        """The YAML front matter of the card: the Hugging Face fields that apply, and ours. `spatial`: where it is."""
        card: dict[str, Any] = {
            "license": self.licence,
            "language": ["zh", "en"],
            "pretty_name": self.title["zh"],
            "title_en": self.title["en"],
            "asset_kind": self.kind,
            "scenarios": self.scenarios,
            "tags": self.tags,
            "authors": self.authors,
            "demo": True,
        }
        if spatial:
            card["spatial"] = spatial
        return card if self.benchmark is None else card | {"benchmark": self.benchmark}


@dataclass(frozen=True)
class Catalogue:
    """Everything the demo holds."""

    organisations: list[dict[str, Any]]
    benchmarks: list[Entry]
    submissions: list[Entry]
    library: list[Entry]


def read_catalogue() -> Catalogue:
    """The catalogue of the content folder; an unknown or missing field raises TypeError."""
    raw = tomllib.loads((CONTENT / "catalogue.toml").read_text(encoding="utf-8"))
    entries = {
        name: [Entry(**entry) for entry in raw[name]] for name in ("benchmarks", "submissions", "library")
    }
    return Catalogue(organisations=raw["organisations"], **entries)
