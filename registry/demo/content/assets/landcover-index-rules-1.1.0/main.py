"""Land cover from two spectral indices of Landsat 8; standard library only.

NDWI (McFeeters 1996) > 0 is water; else NDVI (Rouse 1974) below that of a half-and-half mixture of the training medians
of urban land and vegetation is urban; the rest is vegetation.
"""

import csv
import sys
from pathlib import Path

NDVI_OF_HALF = float("{{ndvi_half}}")


def ratio(first: float, second: float) -> float:
    """Normalised difference; 0 where both are 0."""
    return (first - second) / (first + second) if first + second else 0.0


def classify(row: dict[str, str]) -> str:
    """The class of one spectrum."""
    green, red, near = (float(row[f"SR_B{band}"]) for band in (3, 4, 5))
    if ratio(green, near) > 0:
        return "water"
    return "urban" if ratio(near, red) < NDVI_OF_HALF else "vegetation"


def main() -> None:
    """Read items.csv, write predictions.csv."""
    source, target = Path(sys.argv[1]), Path(sys.argv[2])
    with (source / "items.csv").open(newline="", encoding="utf-8") as handle:
        rows = [(row["id"], classify(row)) for row in csv.DictReader(handle)]
    with (target / "predictions.csv").open("w", newline="", encoding="utf-8") as handle:
        csv.writer(handle).writerows([("id", "class"), *rows])
    print(f"{len(rows)} items classified")


main()
