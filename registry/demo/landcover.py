"""Land cover from Landsat 8 reflectance: the labelled spectra in spyndex, split and mixed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import spyndex
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from registry.demo.models import save_onnx, save_skops
from registry.demo.trees import SEED, copy_licence, csv_block, write_csv

BANDS = tuple(f"SR_B{band}" for band in range(1, 8))
CLASSES = ("urban", "vegetation", "water")
MIXED_PER_CLASS = 40
DOMINANT = (0.55, 0.90)
ITEM_COLUMNS = ("id", "code", "kind", "brightness")
BRIGHTNESS = ("dark", "middle", "bright")
CODES = ("6101", "5101", "1101", "3201", "3205", "3301", "3302", "4401", "4403")
FEW = "6301"
"""Cities whose codes are given to the test items at random, for the sake of showing; and one that gets three items."""


@dataclass(frozen=True)
class Split:
    """Spectra (n, 7) and class names (n,): training, pure test, mixed test."""

    train_x: Any
    train_y: Any
    pure_x: Any
    pure_y: Any
    mixed_x: Any
    mixed_y: Any


def make_split() -> Split:
    """Half of each class to train on; the other half is the test, pure and as two-class linear mixtures.

    Mixtures follow the linear mixing model (Settle & Drake, Int. J. Remote Sensing 14(6), 1993) with two
    endmembers and a dominant share drawn evenly from `DOMINANT`; the label is the dominant class.
    """
    frame = spyndex.datasets.open("spectral")
    spectra = frame[list(BANDS)].to_numpy(dtype=float)
    labels = frame["class"].str.lower().to_numpy(dtype=str)
    rng = np.random.default_rng(SEED)
    train = np.zeros(len(labels), dtype=bool)
    for name in CLASSES:
        members = rng.permutation(np.flatnonzero(labels == name))
        train[members[: len(members) // 2]] = True
    pure_x, pure_y = spectra[~train], labels[~train]
    mixed_x, mixed_y = mix(rng, pure_x, pure_y)
    return Split(spectra[train], labels[train], pure_x, pure_y, mixed_x, mixed_y)


def mix(rng: np.random.Generator, spectra: Any, labels: Any) -> tuple[Any, Any]:
    """`MIXED_PER_CLASS` mixtures for each dominant class, from the given pure spectra only."""
    mixed, names = [], []
    for name in CLASSES:
        for _ in range(MIXED_PER_CLASS):
            other = rng.choice([each for each in CLASSES if each != name])
            share = rng.uniform(*DOMINANT)
            first = spectra[rng.choice(np.flatnonzero(labels == name))]
            second = spectra[rng.choice(np.flatnonzero(labels == other))]
            mixed.append(share * first + (1 - share) * second)
            names.append(name)
    return np.array(mixed), np.array(names)


def rows_of(prefix: str, spectra: Any, labels: Any | None = None) -> list[list[Any]]:
    """Table rows: id, seven reflectances rounded to 1e-6, and the class where given."""
    rows = []
    for at, spectrum in enumerate(spectra, start=1):
        row: list[Any] = [f"{prefix}{at:03d}", *(round(float(value), 6) for value in spectrum)]
        rows.append(row if labels is None else [*row, str(labels[at - 1])])
    return rows


def write_benchmark(split: Split, target: Path) -> dict[str, Any]:
    """Tables of the benchmark tree; returns the facts its card quotes."""
    rng = np.random.default_rng(SEED + 1)
    spectra = np.concatenate([split.pure_x, split.mixed_x])
    labels = np.concatenate([split.pure_y, split.mixed_y])
    kinds = np.array(["pure"] * len(split.pure_y) + ["mixed"] * len(split.mixed_y))
    order = rng.permutation(len(labels))
    items = rows_of("t", spectra[order])
    train = rows_of("s", split.train_x, split.train_y)
    ids = [row[0] for row in items]
    header = ("id", *BANDS)
    write_csv(target / "public/train.csv", (*header, "class"), train)
    write_csv(
        target / "public/sample_submission.csv", ("id", "class"), [(name, "vegetation") for name in ids]
    )
    write_csv(target / "inputs/items.csv", header, items)
    truth = [(name, labels[at], kinds[at]) for name, at in zip(ids, order, strict=True)]
    write_csv(target / "labels/labels.csv", ("id", "class", "kind"), truth)
    write_csv(
        target / "labels/items.csv", ITEM_COLUMNS, item_rows(ids, spectra[order], labels[order], kinds[order])
    )
    copy_licence("spyndex", target / "LICENSE-spyndex.txt")
    counts = {f"train_{name}": int((split.train_y == name).sum()) for name in CLASSES}
    counts |= {f"test_{name}": int((labels == name).sum()) for name in CLASSES}
    return counts | {
        "train_n": len(train),
        "pure_n": len(split.pure_y),
        "mixed_n": len(split.mixed_y),
        "test_n": len(items),
        "input_example": csv_block(header, items[:3]),
        "output_example": csv_block(
            ("id", "class"), [(ids[0], "water"), (ids[1], "urban"), (ids[2], "vegetation")]
        ),
    }


def item_rows(ids: list[str], spectra: Any, labels: Any, kinds: Any) -> list[list[str]]:
    """The item table: a simulated division code, pure or mixed, and how bright a pixel is for its class (thirds).

    The spectra have no place: the pixels of each class are dealt out to `CODES` in turn, and three items get another
    code, to show what becomes of too few.
    """
    rng = np.random.default_rng(SEED + 2)
    infrared = spectra[:, BANDS.index("SR_B5")]
    rows = [[name, "", str(kind), ""] for name, kind in zip(ids, kinds, strict=True)]
    for label in CLASSES:
        members = rng.permutation(np.flatnonzero(labels == label))
        edges = np.quantile(infrared[members], [1 / 3, 2 / 3])
        for turn, at in enumerate(members.tolist()):
            rows[at][1] = CODES[turn % len(CODES)]
            rows[at][3] = BRIGHTNESS[int(np.searchsorted(edges, infrared[at]))]
    for row in rows[:3]:
        row[1] = FEW
    return rows


def write_submissions(split: Split, assets: Path) -> None:
    """The two models and the majority predictions; the rule is a program that needs no data."""
    logistic = make_pipeline(StandardScaler(), LogisticRegression(C=1.0, max_iter=1000))
    save_skops(logistic.fit(split.train_x, split.train_y), assets / "landcover-logistic/files/model.skops")
    shown = split.train_x[:: len(split.train_x) // 12]
    write_csv(assets / "landcover-logistic/files/examples/items.csv", ("id", *BANDS), rows_of("s", shown))
    boosting = GradientBoostingClassifier(n_estimators=60, max_depth=2, random_state=SEED % 2**31)
    boosting.fit(split.train_x.astype(np.float32), split.train_y)
    save_onnx(boosting, len(BANDS), assets / "landcover-gradient-boosting/files/model.onnx")
    names, counts = np.unique(split.train_y, return_counts=True)
    majority = str(names[counts.argmax()])
    count = len(split.pure_y) + len(split.mixed_y)
    rows = [(f"t{at:03d}", majority) for at in range(1, count + 1)]
    write_csv(assets / "landcover-majority/files/predictions.csv", ("id", "class"), rows)
