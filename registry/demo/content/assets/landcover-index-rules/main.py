"""Land cover from three spectral indices of Landsat 8 by rules of thumb; standard library only.

NDWI (McFeeters 1996) > 0 is water; else NDVI (Rouse 1974) below 0.40, or NDBI (Zha et al. 2003) above -0.05, is urban;
the rest is vegetation.
"""

import csv
import sys
from pathlib import Path


def ratio(first: float, second: float) -> float:
    """Normalised difference; 0 where both are 0."""
    return (first - second) / (first + second) if first + second else 0.0


def classify(row: dict[str, str]) -> str:
    """The class of one spectrum."""
    green, red, near, short = (float(row[f"SR_B{band}"]) for band in (3, 4, 5, 6))
    if ratio(green, near) > 0:
        return "water"
    if ratio(near, red) < 0.40 or ratio(short, near) > -0.05:
        return "urban"
    return "vegetation"


def main() -> None:
    """Read items.csv, write predictions.csv."""
    source, target = Path(sys.argv[1]), Path(sys.argv[2])
    with (source / "items.csv").open(newline="", encoding="utf-8") as handle:
        rows = [(row["id"], classify(row)) for row in csv.DictReader(handle)]
    with (target / "predictions.csv").open("w", newline="", encoding="utf-8") as handle:
        csv.writer(handle).writerows([("id", "class"), *rows])
    print(f"{len(rows)} items classified")


main()
