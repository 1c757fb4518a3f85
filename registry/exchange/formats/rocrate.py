"""RO-Crate 1.2: the version, its files and its evaluations as one package that describes itself.

https://www.researchobject.org/ro-crate/specification/1.2/
"""

import json
from typing import Any
from urllib.parse import quote

from portal.kit.clock import shanghai
from registry.assets.publication import resolvers
from registry.exchange.formats.croissant import licence_url, media_type
from registry.exchange.formats.modelcard import model_card
from registry.exchange.record import Outcome, Person, Record

METADATA = "ro-crate-metadata.json"
CARD = "card.md"
SPEC = "https://w3id.org/ro/crate/1.2"
SHA256 = "https://w3id.org/ro/terms/workflow-run#sha256"
Entity = dict[str, Any]


def crate_files(record: Record) -> dict[str, bytes]:
    """The files the portal adds: the metadata first, the card, and one JSON per evaluation. Payload is ``files/…``."""
    made = {CARD: model_card(record).encode()}
    for outcome in record.outcomes:
        made[f"evaluations/{outcome.evaluation}.json"] = to_json(_evidence(record, outcome))
    return {METADATA: to_json(metadata(record, {path: len(data) for path, data in made.items()})), **made}


def to_json(value: Any) -> bytes:
    """Readable JSON in UTF-8."""
    return json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False).encode() + b"\n"


def metadata(record: Record, made: dict[str, int]) -> dict[str, Any]:
    """``ro-crate-metadata.json``: ``made`` are path and size of the files the portal added."""
    people = [_person(person, n) for n, person in enumerate(record.authors, start=1)]
    places = {
        person.affiliation: f"#place-{n}" for n, person in enumerate(record.authors, 1) if person.affiliation
    }
    files = [_payload(record, n) for n in range(len(record.files))]
    added = [_added(record, path, size) for path, size in made.items()]
    actions = [entity for outcome in record.outcomes for entity in _action(record, outcome)]
    licence = licence_url(record.licence)
    root: Entity = {
        "@id": "./",
        "@type": "Dataset",
        "name": f"{record.title} {record.number}",
        "alternateName": record.title_en,
        "description": record.description,
        "identifier": record.version_url,
        "url": record.version_url,
        "sameAs": [link for _name, _identifier, link in resolvers(record.doi, record.cstr)],
        "version": record.number,
        "datePublished": shanghai(record.published).isoformat(timespec="seconds"),
        "license": {"@id": licence if "://" in licence else "#licence"},
        "author": [{"@id": person["@id"]} for person in people],
        "publisher": {"@id": record.site},
        "keywords": list(record.tags),
        "hasPart": [{"@id": entity["@id"]} for entity in [*files, *added]],
        "mentions": [{"@id": entity["@id"]} for entity in actions if entity["@type"] == "CreateAction"],
        "isBasedOn": _based_on(record),
    }
    descriptor = {
        "@id": METADATA,
        "@type": "CreativeWork",
        "conformsTo": {"@id": SPEC},
        "about": {"@id": "./"},
    }
    others: list[Entity] = [
        {
            "@id": root["license"]["@id"],
            "@type": "CreativeWork",
            "name": record.licence,
            "identifier": record.licence,
        },
        {"@id": record.site, "@type": "Organization", "name": record.publisher, "url": record.site},
        *({"@id": key, "@type": "Organization", "name": name} for name, key in places.items()),
        *_targets(record),
    ]
    for person, given in zip(people, record.authors, strict=True):
        if given.affiliation:
            person["affiliation"] = {"@id": places[given.affiliation]}
    kept = {key: value for key, value in root.items() if value not in ("", [])}
    return {
        "@context": [f"{SPEC}/context", {"sha256": SHA256}],
        "@graph": [descriptor, kept, *files, *added, *people, *others, *actions],
    }


def _person(person: Person, n: int) -> Entity:
    kind = "Organization" if person.entity else "Person"
    return {"@id": f"#author-{n}", "@type": kind, "name": person.name}


def _payload(record: Record, at: int) -> Entity:
    file = record.files[at]
    code = file.path.endswith(".py")
    return {
        "@id": "files/" + quote(file.path),
        "@type": ["File", "SoftwareSourceCode"] if code else "File",
        "name": file.path,
        "contentSize": str(file.size),
        "encodingFormat": media_type(file),
        "sha256": file.sha256,
        "url": f"{record.version_url}/download/{quote(file.path)}",
    }


def _added(record: Record, path: str, size: int) -> Entity:
    what = "Card" if path == CARD else "Evaluation"
    kind = "text/markdown" if path == CARD else "application/json"
    return {
        "@id": path,
        "@type": "File",
        "name": f"{what} of {record.full_name} {record.number}",
        "contentSize": str(size),
        "encodingFormat": kind,
    }


def _action(record: Record, outcome: Outcome) -> list[Entity]:
    """An evaluation as an action of the benchmark on the crate, with its metrics as values."""
    key = f"#evaluation-{outcome.evaluation}"
    values = [
        {
            "@id": f"{key}-{score.name}",
            "@type": "PropertyValue",
            "propertyID": score.name,
            "name": score.title_zh,
            "alternateName": score.title_en,
            "value": score.value,
            "minValue": score.low,
            "maxValue": score.high,
            **({"unitText": score.unit} if score.unit else {}),
            "description": "minValue and maxValue bound the 95 % percentile bootstrap interval.",
        }
        for score in outcome.scores
    ]
    action = {
        "@id": key,
        "@type": "CreateAction",
        "name": f"{outcome.benchmark}@{outcome.benchmark_number}",
        "actionStatus": "http://schema.org/CompletedActionStatus",
        "endTime": shanghai(outcome.at).isoformat(timespec="seconds"),
        "object": {"@id": "./"},
        "instrument": {"@id": _benchmark(record, outcome)},
        "result": [
            {"@id": f"evaluations/{outcome.evaluation}.json"},
            *({"@id": item["@id"]} for item in values),
        ],
        "url": f"{record.site}/evaluations/{outcome.evaluation}",
    }
    return [action, *values]


def _benchmark(record: Record, outcome: Outcome) -> str:
    return f"{record.site}/benchmarks/{outcome.benchmark}?version={quote(outcome.benchmark_number, safe='')}"


def _based_on(record: Record) -> list[Entity]:
    ours = [
        item
        for item in record.related
        if item.direction == "to" and item.kind.value in {"based_on", "uses", "uses_data"}
    ]
    return [
        {"@id": f"{record.site}/assets/{name}"} for name in dict.fromkeys(item.full_name for item in ours)
    ]


def _targets(record: Record) -> list[Entity]:
    """Whatever is referred to and lies elsewhere, each once."""
    found: dict[str, Entity] = {}
    for link in _based_on(record):
        title = next(item.title for item in record.related if link["@id"].endswith(f"/{item.full_name}"))
        found[link["@id"]] = {"@id": link["@id"], "@type": "CreativeWork", "name": title, "url": link["@id"]}
    for outcome in record.outcomes:
        key = _benchmark(record, outcome)
        found[key] = {
            "@id": key,
            "@type": "SoftwareApplication",
            "name": outcome.benchmark_title,
            "version": outcome.benchmark_number,
            "url": key,
        }
    return list(found.values())


def _evidence(record: Record, outcome: Outcome) -> dict[str, Any]:
    """An evaluation as one file: what was run on what, the digests, and the metrics."""
    return {
        "evaluation": f"{record.site}/evaluations/{outcome.evaluation}",
        "asset": record.full_name,
        "version": outcome.number,
        "benchmark": outcome.benchmark,
        "benchmark_version": outcome.benchmark_number,
        "finished": outcome.at.isoformat(),
        "items": outcome.items,
        "sandbox_grade": outcome.sandbox_grade,
        "digests": outcome.digests,
        "metrics": [
            {
                "name": score.name,
                "title": {"zh": score.title_zh, "en": score.title_en},
                "unit": score.unit,
                "higher_is_better": score.higher_is_better,
                "primary": score.primary,
                "value": score.value,
                "interval_95": [score.low, score.high],
            }
            for score in outcome.scores
        ],
    }
