"""The card as a file: Markdown below YAML front matter in Hugging Face's fields, and ``model-index``."""

from typing import Any

from portal.kit import frontmatter
from registry.assets.models import EXECUTABLE
from registry.exchange.record import Record

ORDER = (
    "license", "license_name", "language", "pretty_name", "title_en", "summary", "summary_en", "tags", "scenarios",
    "authors", "library_name", "pipeline_tag", "base_model", "datasets", "metrics", "co2_eq_emissions",
)  # fmt: skip


def model_card(record: Record) -> str:
    """What the asset's fields say replaces the same fields of the card; fields the portal does not know are kept."""
    card = frontmatter.lenient(record.card)
    values = {**card.values, **_fields(record)}
    if record.kind in EXECUTABLE and record.outcomes:
        values["model-index"] = [{"name": record.full_name, "results": _results(record)}]
    elif record.kind in EXECUTABLE:
        values.pop("model-index", None)  # results are what the portal has accepted, or none
    ordered = {key: values[key] for key in (*ORDER, *values) if key in values}
    return frontmatter.write(ordered, card.body or f"# {record.title}\n\n{record.description}\n")


def _fields(record: Record) -> dict[str, Any]:
    """SPDX in lower case is how the hub writes a licence; an expression has the name ``other`` there."""
    simple = " " not in record.licence and not record.licence.startswith("LicenseRef-")
    licence = (
        {"license": record.licence.lower()}
        if simple
        else {"license": "other", "license_name": record.licence}
    )
    known: dict[str, Any] = {
        "pretty_name": record.title,
        "title_en": record.title_en,
        "summary": record.summary,
        "summary_en": record.summary_en,
        "tags": list(record.tags),
        "scenarios": [item.value for item in record.scenarios],
        "authors": [
            {"name": person.name, "affiliation": person.affiliation}
            if person.affiliation
            else {"name": person.name}
            for person in record.authors
            if not person.entity
        ],
    }
    metrics = list(dict.fromkeys(score.name for outcome in record.outcomes for score in outcome.scores))
    if metrics and record.kind in EXECUTABLE:
        known["metrics"] = metrics
    return {**licence, **{key: value for key, value in known.items() if value}}


def _results(record: Record) -> list[dict[str, Any]]:
    """One entry per result: the task, the benchmark as its data set, and the metrics with their intervals."""
    return [
        {
            "task": {"type": "other", "name": outcome.benchmark_title_en or outcome.benchmark_title},
            "dataset": {
                "type": outcome.benchmark,
                "name": outcome.benchmark_title,
                "revision": outcome.benchmark_number,
                "args": {"items": outcome.items},
            },
            "metrics": [
                {
                    "type": score.name,
                    "name": score.title_zh,
                    "value": score.value,
                    "verified": True,
                    "args": {
                        "confidence_interval": [score.low, score.high],
                        "level": 0.95,
                        "unit": score.unit,
                    },
                }
                for score in outcome.scores
            ],
            "source": {
                "name": f"version {outcome.number}",
                "url": f"{record.site}/evaluations/{outcome.evaluation}",
            },
        }
        for outcome in record.outcomes
    ]
