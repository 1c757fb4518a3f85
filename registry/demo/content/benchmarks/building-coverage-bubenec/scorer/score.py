"""Score plot indicators by their relative error."""

from __future__ import annotations

import math
import statistics
from pathlib import Path

from checks import Row, finite, match_ids, read_labels, read_table, run

# Below the floor an error counts against the floor, so that an almost empty indicator cannot explode (unit of each).
FLOORS = {"plot_area_m2": 1.0, "coverage_pct": 1.0, "street_distance_m": 1.0}
WITHIN = 5.0


def score(predictions: Path, labels: Path) -> tuple[dict[str, float], list[Row]]:
    """Per plot: mean over the indicators of min(1, |given - true| / max(true, floor)), in per cent."""
    truth = read_labels(labels / "indicators.csv")
    table = read_table(predictions / "indicators.csv", ("plot_id", *FLOORS))
    match_ids(table, [row["plot_id"] for row in truth])
    rows: list[Row] = []
    for row in truth:
        errors = []
        for (column, floor), text in zip(FLOORS.items(), table[row["plot_id"]], strict=True):
            given, true = finite(text, row["plot_id"], column, 0.0, 1e9), float(row[column])
            errors.append(min(1.0, abs(given - true) / max(true, floor)))
        error = 100 * math.fsum(errors) / len(errors)
        rows.append({"id": row["plot_id"], "error_pct": error, "within_pct": 100 if error <= WITHIN else 0})
    per_plot = [row["error_pct"] for row in rows]
    return {
        "median_error": statistics.median(per_plot),
        "mean_error": math.fsum(per_plot) / len(per_plot),
        "within_5pct": sum(row["within_pct"] for row in rows) / len(rows),
    }, rows


if __name__ == "__main__":
    run(score)
