"""House prices of Baltimore (libpysal): regression with a spatially blocked split."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import libpysal
import numpy as np
from pyproj import Transformer
from sklearn.cluster import KMeans
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from registry.demo.models import save_onnx, save_skops
from registry.demo.trees import SEED, copy_licence, csv_block, write_csv

FEATURES = (
    "NROOM", "DWELL", "NBATH", "PATIO", "FIREPL", "AC", "BMENT", "NSTOR", "GAR", "AGE", "CITCOU", "LOTSZ", "SQFT",
    "X", "Y",
)  # fmt: skip
BLOCKS = 24
MARYLAND = 26785
AGES = (20, 40)
AGE_BANDS = ("under_20", "20_to_39", "40_and_more")
ITEM_COLUMNS = ("id", "lon", "lat", "age", "dwelling", "area")


@dataclass(frozen=True)
class Houses:
    """Features (n, 15), log price (n,), spatial block (n,), and which houses are the test."""

    features: Any
    log_price: Any
    block: Any
    test: Any


def make_split() -> Houses:
    """Blocks by k-means on the coordinates; of each pair of blocks with neighbouring mean price one is the test.

    Whole blocks are held out because neighbours resemble each other (Roberts et al., Ecography 40(8), 2017).
    """
    frame = gpd.read_file(libpysal.examples.get_path("baltim.shp"))
    features = frame[list(FEATURES)].to_numpy(dtype=float)
    log_price = np.log(frame["PRICE"].to_numpy(dtype=float))
    block = KMeans(BLOCKS, random_state=SEED, n_init=10).fit(features[:, -2:]).labels_
    means = [log_price[block == each].mean() for each in range(BLOCKS)]
    pairs = np.argsort(means).reshape(-1, 2)
    rng = np.random.default_rng(SEED)
    held = pairs[np.arange(len(pairs)), rng.integers(0, 2, len(pairs))]
    return Houses(features, log_price, block, np.isin(block, held))


def write_benchmark(houses: Houses, target: Path) -> dict[str, Any]:
    """Tables of the benchmark tree; returns the facts its card quotes."""
    rng = np.random.default_rng(SEED + 1)
    test = rng.permutation(np.flatnonzero(houses.test))
    train = np.flatnonzero(~houses.test)
    ids = [f"h{at:03d}" for at in range(1, len(test) + 1)]
    header = ("id", *FEATURES)
    items = [[name, *map(float, houses.features[at])] for name, at in zip(ids, test, strict=True)]
    known = train_rows(houses)
    write_csv(target / "public/train.csv", (*header, "log_price"), known)
    mean = float(houses.log_price[train].mean())
    sample = [(name, round(mean, 6)) for name in ids]
    write_csv(target / "public/sample_submission.csv", ("id", "log_price"), sample)
    write_csv(target / "inputs/items.csv", header, items)
    names = {each: f"b{at:02d}" for at, each in enumerate(sorted(set(houses.block[test].tolist())), start=1)}
    truth = [
        (name, round(float(houses.log_price[at]), 9), names[int(houses.block[at])])
        for name, at in zip(ids, test, strict=True)
    ]
    write_csv(target / "labels/labels.csv", ("id", "log_price", "block"), truth)
    write_csv(target / "labels/items.csv", ITEM_COLUMNS, item_rows(ids, houses.features[test]))
    copy_licence("libpysal", target / "LICENSE-libpysal.txt")
    return {
        "train_n": len(train),
        "test_n": len(test),
        "blocks_n": BLOCKS,
        "test_blocks_n": len(names),
        "train_mean_price": f"{np.exp(mean):.1f}",
        "input_example": csv_block(header, items[:3]),
        "output_example": csv_block(("id", "log_price"), [(ids[0], 3.71), (ids[1], 3.94), (ids[2], 3.2)]),
    }


def item_rows(ids: list[str], features: Any) -> list[list[Any]]:
    """The item table: longitude and latitude from the Maryland grid (NAD27, thousands of US feet), and three slices."""
    change = Transformer.from_crs(MARYLAND, 4326, always_xy=True)
    lon, lat = change.transform(features[:, -2] * 1000, features[:, -1] * 1000)
    column = {name: features[:, at] for at, name in enumerate(FEATURES)}
    age = np.searchsorted(AGES, column["AGE"], side="right")
    rows = zip(ids, lon, lat, age, column["DWELL"], column["CITCOU"], strict=True)
    return [
        [
            name,
            round(float(x), 5),
            round(float(y), 5),
            AGE_BANDS[band],
            "detached" if dwell else "attached",
            "county" if county else "city",
        ]
        for name, x, y, band, dwell, county in rows
    ]


def train_rows(houses: Houses) -> list[list[Any]]:
    """Training table rows: id, features, log price."""
    rows = []
    for number, at in enumerate(np.flatnonzero(~houses.test), start=1):
        price = round(float(houses.log_price[at]), 9)
        rows.append([f"s{number:03d}", *map(float, houses.features[at]), price])
    return rows


def write_submissions(houses: Houses, assets: Path) -> None:
    """Two models, the mean as predictions, and the training table that the spatial-lag program carries."""
    known = ~houses.test
    x, y = houses.features[known], houses.log_price[known]
    ols = make_pipeline(StandardScaler(), LinearRegression()).fit(x, y)
    save_skops(ols, assets / "baltimore-ols-hedonic/files/model.skops")
    boosting = GradientBoostingRegressor(
        n_estimators=150, max_depth=2, learning_rate=0.05, random_state=SEED % 2**31
    )
    boosting.fit(x.astype(np.float32), y)
    save_onnx(boosting, len(FEATURES), assets / "baltimore-gradient-boosting/files/model.onnx")
    mean = round(float(y.mean()), 6)
    rows = [(f"h{at:03d}", mean) for at in range(1, int(houses.test.sum()) + 1)]
    write_csv(assets / "baltimore-mean/files/predictions.csv", ("id", "log_price"), rows)
    some = [row[:-1] for row in train_rows(houses)[::10]]
    write_csv(assets / "baltimore-gradient-boosting/files/examples/items.csv", ("id", *FEATURES), some)
    header = ("id", *FEATURES, "log_price")
    write_csv(assets / "baltimore-knn-spatial-lag/files/train.csv", header, train_rows(houses))


def compare_validation(houses: Houses) -> list[tuple[str, float, float]]:
    """(model, RMSE by random folds, RMSE by blocks) on the training houses alone, for the demo paper."""
    known = ~houses.test
    x, y, block = houses.features[known], houses.log_price[known], houses.block[known]
    names = np.unique(block)
    fold_of = dict(zip(names.tolist(), (np.arange(len(names)) % 6).tolist(), strict=True))
    by_block = np.array([fold_of[each] for each in block.tolist()])
    at_random = np.random.default_rng(SEED).permutation(np.arange(len(y)) % 6)
    models = {
        "OLS": make_pipeline(StandardScaler(), LinearRegression()),
        "gradient boosting": GradientBoostingRegressor(
            n_estimators=150, max_depth=2, learning_rate=0.05, random_state=0
        ),
    }
    table = []
    for name, model in models.items():
        errors = []
        for folds in (at_random, by_block):
            off = np.zeros(len(y))
            for fold in range(6):
                out = folds == fold
                off[out] = model.fit(x[~out], y[~out]).predict(x[out]) - y[out]
            errors.append(float(np.sqrt((off**2).mean())))
        table.append((name, errors[0], errors[1]))
    return table
