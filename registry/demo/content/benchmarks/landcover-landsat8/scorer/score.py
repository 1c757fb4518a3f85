"""Score predicted land cover classes: balanced accuracy and accuracy."""

from __future__ import annotations

from pathlib import Path

from checks import Row, match_ids, read_labels, read_table, refuse, run

CLASSES = ("urban", "vegetation", "water")


def score(predictions: Path, labels: Path) -> tuple[dict[str, float], list[Row]]:
    """1 for a right class and 0 for a wrong one, per item; means over classes and over items."""
    truth = read_labels(labels / "labels.csv")
    table = read_table(predictions / "predictions.csv", ("id", "class"))
    match_ids(table, [row["id"] for row in truth])
    rows: list[Row] = []
    for row in truth:
        (given,) = table[row["id"]]
        if given not in CLASSES:
            allowed = ", ".join(CLASSES)
            refuse(
                f"{row['id']} 的类别 {given[:40]} 不在 {allowed} 之内",
                f"class {given[:40]} is none of {allowed}",
            )
        rows.append({"id": row["id"], "correct": int(given == row["class"]), "true_class": row["class"]})
    recalls = []
    for name in CLASSES:
        hits = [row["correct"] for row in rows if row["true_class"] == name]
        recalls.append(sum(hits) / len(hits))
    accuracy = sum(row["correct"] for row in rows) / len(rows)
    return {"balanced_accuracy": sum(recalls) / len(recalls), "accuracy": accuracy}, rows


if __name__ == "__main__":
    run(score)
