"""Files of the demo papers, reports, datasets and tools, made from the same open data as the benchmarks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import momepy
import numpy as np
import pyarrow as pa
import pyogrio
import shapely
from pyarrow import parquet

from registry.demo import baltimore, bubenec, landcover
from registry.demo.trees import copy_licence, write_csv, write_geojson

INDICES = ("ndvi", "ndwi", "ndbi")


def index_values(spectra: Any) -> Any:
    """NDVI, NDWI (McFeeters 1996) and NDBI (Zha 2003) of Landsat 8 spectra (n, 7), as (n, 3)."""
    green, red, near, short = (spectra[:, at] for at in (2, 3, 4, 5))
    pairs = ((near, red), (green, near), (short, near))
    return np.column_stack([(a - b) / (a + b) for a, b in pairs])


def write_spectra(split: landcover.Split, assets: Path) -> dict[str, Any]:
    """The sample dataset (training half only) and the table of the sample check report."""
    folder = assets / "landsat8-spectra-sample/files"
    rows = landcover.rows_of("s", split.train_x, split.train_y)
    write_csv(folder / "spectra.csv", ("id", *landcover.BANDS, "class"), rows)
    copy_licence("spyndex", folder / "LICENSE-spyndex.txt")
    indices = index_values(split.train_x)
    table = []
    for name in landcover.CLASSES:
        chosen = indices[split.train_y == name]
        for at, index in enumerate(INDICES):
            low, middle, high = np.quantile(chosen[:, at], [0.05, 0.5, 0.95])
            table.append((name, index, len(chosen), *(round(float(v), 4) for v in (low, middle, high))))
    header = ("class", "index", "n", "p05", "median", "p95")
    write_csv(assets / "landcover-sample-check/files/index_summary.csv", header, table)
    medians = {f"{name}_{index}": f"{middle:.2f}" for name, index, _, _, middle, _ in table}
    return medians | {"train_n": len(rows)}


def write_validation(houses: baltimore.Houses, assets: Path) -> dict[str, Any]:
    """The paper's table: RMSE of log price by random folds and by spatial blocks."""
    table = baltimore.compare_validation(houses)
    rows = [(name, round(at_random, 4), round(by_block, 4)) for name, at_random, by_block in table]
    header = ("model", "rmse_random_folds", "rmse_block_folds")
    write_csv(assets / "spatial-blocking-paper/files/comparison.csv", header, rows)
    (_, ols_random, ols_block), (_, tree_random, tree_block) = rows
    return {
        "train_n": int((~houses.test).sum()),
        "ols_random": f"{ols_random:.3f}",
        "ols_block": f"{ols_block:.3f}",
        "tree_random": f"{tree_random:.3f}",
        "tree_block": f"{tree_block:.3f}",
        "ols_change": f"{100 * (ols_block / ols_random - 1):+.1f}",
        "tree_change": f"{100 * (tree_block / tree_random - 1):+.1f}",
    }


def write_mixture_series(split: landcover.Split, assets: Path) -> dict[str, Any]:
    """The mixed-pixel note: NDVI of vegetation mixed with urban land by share, from the training medians."""
    green = np.median(split.train_x[split.train_y == "vegetation"], axis=0)
    built = np.median(split.train_x[split.train_y == "urban"], axis=0)
    shares = np.linspace(0, 1, 21)
    spectra = shares[:, None] * green + (1 - shares[:, None]) * built
    ndvi = index_values(spectra)[:, 0]
    straight = ndvi[0] + shares * (ndvi[-1] - ndvi[0])
    rows = [
        (round(float(share), 2), round(float(value), 4), round(float(line), 4))
        for share, value, line in zip(shares, ndvi, straight, strict=True)
    ]
    header = ("vegetation_share", "ndvi_of_mixture", "ndvi_if_linear")
    write_csv(assets / "mixed-pixel-note/files/ndvi_by_share.csv", header, rows)
    gap = float(np.abs(ndvi - straight).max())
    return {
        "ndvi_urban": f"{ndvi[0]:.2f}",
        "ndvi_half": f"{ndvi[10]:.2f}",
        "ndvi_vegetation": f"{ndvi[-1]:.2f}",
        "gap": f"{gap:.3f}",
    }


def write_package(path: Path, source: str) -> None:
    """Cells, buildings and streets as layers of one GeoPackage in UTM 33N (EPSG:32633), with a fixed date inside."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": "2026-11-22T00:00:00.000Z"})
    for name, kept in (("tessellation", "cells"), ("buildings", "buildings"), ("streets", "streets")):
        frame = gpd.read_file(source, layer=name).to_crs(bubenec.MEASURE_IN)
        frame.to_file(path, layer=kept, driver="GPKG")


def write_parquet(path: Path, rows: list[dict[str, Any]]) -> None:
    """The rows as a Parquet table, columns in the order of the first row."""
    parquet.write_table(pa.Table.from_pylist(rows), path)


def write_cells(assets: Path) -> dict[str, Any]:
    """The morphology dataset: Bubeneč tessellation cells with their area and the area of their building."""
    folder = assets / "bubenec-morphology/files"
    source = momepy.datasets.get_path("bubenec")
    cells = gpd.read_file(source, layer="tessellation").to_crs(bubenec.MEASURE_IN)
    buildings = gpd.read_file(source, layer="buildings").to_crs(bubenec.MEASURE_IN).set_index("uID")
    shapes = bubenec.to_lonlat(np.asarray(cells.geometry.array))
    features = []
    for cell, number, shape in zip(cells.geometry, cells["uID"], shapes, strict=True):
        built = float(shapely.area(buildings.geometry.loc[number]))
        properties = {
            "cell_id": f"c{int(number):03d}",
            "cell_area_m2": round(cell.area, 2),
            "building_area_m2": round(built, 2),
            "car": round(built / cell.area, 4),
        }
        features.append((bubenec.mapping(shape), properties))
    features.sort(key=lambda feature: str(feature[1]["cell_id"]))
    write_geojson(folder / "cells.geojson", features)
    write_parquet(folder / "cells.parquet", [properties for _, properties in features])
    write_package(folder / "bubenec.gpkg", source)
    copy_licence("momepy", folder / "LICENSE-momepy.txt")
    shares = [properties["car"] for _, properties in features]
    box = [round(float(edge), 4) for edge in shapely.total_bounds(shapes)]
    spatial = {"bbox": box, "crs": f"EPSG:{bubenec.MEASURE_IN}"}
    return {"cells_n": len(features), "car_median": f"{np.median(shares):.2f}", "spatial": spatial}
