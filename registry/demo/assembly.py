"""Puts the demo together: content with facts, data, models, cards, and the manifest that the portal reads."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from registry.demo import baltimore, bubenec, landcover, library
from registry.demo.catalogue import Entry, read_catalogue
from registry.demo.pdf import blocks_of, write_pdf
from registry.demo.trees import CONTENT, SEED, copy_content, fill, tree_facts, write_text, yaml_of

SOURCES = ("spyndex", "momepy", "libpysal", "scikit-learn", "skl2onnx", "skops", "numpy", "shapely")
DOCUMENTS = ("paper", "report")
Facts = dict[str, dict[str, Any]]


def build_all(outdir: Path) -> None:
    """Everything into `outdir`: benchmarks/, assets/ and manifest.json."""
    outdir.mkdir(parents=True, exist_ok=True)
    catalogue = read_catalogue()
    facts = write_data(outdir)
    listed: dict[str, list[dict[str, Any]]] = {"benchmarks": [], "assets": []}
    assets = [*catalogue.submissions, *catalogue.library]
    for kind, entries in (("benchmarks", catalogue.benchmarks), ("assets", assets)):
        listed[kind] += [finish(entry, outdir, kind, facts.get(entry.place, {})) for entry in entries]
    manifest = {
        "format": 1,
        "seed": SEED,
        "made_with": {name: metadata.version(name) for name in SOURCES},
        "organisations": catalogue.organisations,
        **listed,
    }
    write_text(outdir / "manifest.json", json.dumps(manifest, ensure_ascii=False, indent=1))


def write_data(outdir: Path) -> Facts:
    """Tables, layers and models of every entry; what the cards say about them, by slug."""
    benchmarks, assets = outdir / "benchmarks", outdir / "assets"
    facts: Facts = {}
    split = landcover.make_split()
    facts["landcover-landsat8"] = landcover.write_benchmark(split, benchmarks / "landcover-landsat8/files")
    landcover.write_submissions(split, assets)
    parts = bubenec.make_parts()
    facts["building-coverage-bubenec"] = bubenec.write_benchmark(
        parts, benchmarks / "building-coverage-bubenec/files"
    )
    houses = baltimore.make_split()
    facts["house-price-baltimore"] = baltimore.write_benchmark(
        houses, benchmarks / "house-price-baltimore/files"
    )
    baltimore.write_submissions(houses, assets)
    spectra = library.write_spectra(split, assets)
    facts["landsat8-spectra-sample"] = facts["landcover-sample-check"] = spectra
    mixture = library.write_mixture_series(split, assets)
    facts["mixed-pixel-note"] = facts["landcover-index-rules-1.1.0"] = mixture
    facts["spatial-blocking-paper"] = library.write_validation(houses, assets)
    facts["bubenec-density-report"] = bubenec.write_report(parts, assets / "bubenec-density-report/files")
    facts["building-density-grid"] = bubenec.write_sample(assets / "building-density-grid/files")
    facts["bubenec-morphology"] = library.write_cells(assets)
    return facts


def finish(entry: Entry, outdir: Path, kind: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Copy an entry's content, write its card and asset.yaml, and return its line of the manifest."""
    folder, content = outdir / kind / entry.place, CONTENT / kind / entry.place
    files = folder / "files"
    copy_content(content, files, facts)
    if kind == "benchmarks":
        copy_content(CONTENT / "common", files / "scorer", {})
        copy_reference(entry, outdir, files / "dryrun/reference")
    body = fill((content / "README.md").read_text(encoding="utf-8"), facts)
    front = yaml_of(entry.front_matter(facts.get("spatial")))
    write_text(files / "README.md", f"---\n{front}\n---\n\n# {entry.title['zh']}\n\n{body}")
    if entry.kind in DOCUMENTS:
        blocks = blocks_of(entry.title["zh"], entry.authors, body)
        write_pdf(files / f"{entry.kind}.pdf", entry.title["zh"], entry.authors, blocks)
    write_text(folder / "asset.yaml", yaml_of(entry.asset()))
    return {
        **entry.asset(),
        "asset": f"{kind}/{entry.place}/asset.yaml",
        "path": f"{kind}/{entry.place}/files",
        **tree_facts(files),
    }


def copy_reference(entry: Entry, outdir: Path, target: Path) -> None:
    """The files of the submission that is the benchmark's reference, written or built, without its card."""
    if entry.reference is None:
        raise ValueError(f"{entry.slug} names no reference submission")
    for source in (outdir / "assets" / entry.reference / "files", CONTENT / "assets" / entry.reference):
        if source.is_dir():
            copy_content(source, target, {})
    (target / "README.md").unlink(missing_ok=True)
