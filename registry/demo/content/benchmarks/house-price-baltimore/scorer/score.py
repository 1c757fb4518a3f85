"""Score predicted log prices: RMSE, mean absolute error of the price, and R²; items carry their spatial block."""

from __future__ import annotations

import math
from pathlib import Path

from checks import Row, finite, match_ids, read_labels, read_table, run


def score(predictions: Path, labels: Path) -> tuple[dict[str, float], list[Row]]:
    """Errors per house; a log price is taken between -5 and 12 (7 USD and 163 million USD)."""
    truth = read_labels(labels / "labels.csv")
    table = read_table(predictions / "predictions.csv", ("id", "log_price"))
    match_ids(table, [row["id"] for row in truth])
    mean = math.fsum(float(row["log_price"]) for row in truth) / len(truth)
    rows: list[Row] = []
    for row in truth:
        true = float(row["log_price"])
        given = finite(table[row["id"]][0], row["id"], "log_price", -5.0, 12.0)
        rows.append(
            {
                "id": row["id"],
                "block": row["block"],
                "squared_error": (given - true) ** 2,
                "absolute_error": abs(math.exp(given) - math.exp(true)),
                "squared_deviation": (true - mean) ** 2,
            }
        )
    total = {name: math.fsum(row[name] for row in rows) for name in rows[0] if name not in ("id", "block")}
    return {
        "rmse_log": math.sqrt(total["squared_error"] / len(rows)),
        "mae_price": total["absolute_error"] / len(rows),
        "r2": 1 - total["squared_error"] / total["squared_deviation"],
    }, rows


if __name__ == "__main__":
    run(score)
