"""The same pack as RO-Crate metadata, with the run as an action (Process Run Crate).

https://www.researchobject.org/workflow-run-crate/profiles/process_run_crate/
"""

import mimetypes
from typing import Any
from urllib.parse import quote

from registry.exchange.formats.rocrate import METADATA, SHA256, SPEC, Entity
from registry.reproduction.pack import BENCHMARK, FILES, PACK, README, SUBMISSION, SUMS, Pack, Recorded

PROFILE = "https://w3id.org/ro/wfrun/process/0.5"
SOFTWARE = "#scoring-program"


def crate(pack: Pack) -> dict[str, Any]:
    """``ro-crate-metadata.json`` of a pack."""
    files = [_file(file.path, file.size, file.sha256) for file in pack.files]
    own = [{"@id": path, "@type": "File", "name": path} for path in (PACK, README, SUMS)]
    values = [_value(metric) for metric in pack.metrics]
    run = {
        "@id": "#run",
        "@type": "CreateAction",
        "name": f"{pack.submission.asset}@{pack.submission.version} on "
        f"{pack.benchmark.asset}@{pack.benchmark.version}",
        "actionStatus": "http://schema.org/CompletedActionStatus",
        "endTime": pack.scored_at,
        "instrument": {"@id": SOFTWARE},
        "object": [{"@id": file["@id"]} for file in files if "/recorded/" not in file["@id"]],
        "result": [{"@id": value["@id"]} for value in values],
        "url": pack.result,
    }
    root = {
        "@id": "./",
        "@type": "Dataset",
        "name": f"Reproduction of {pack.submission.asset}@{pack.submission.version}",
        "description": f"Everything needed to run {pack.result} again and to compare what comes out.",
        "datePublished": pack.scored_at,
        "license": [{"@id": "#licence-submission"}, {"@id": "#licence-benchmark"}],
        "conformsTo": {"@id": PROFILE},
        "hasPart": [{"@id": entity["@id"]} for entity in [*own, *files]],
        "mentions": [{"@id": "#run"}],
        "url": pack.result,
    }
    descriptor = {
        "@id": METADATA,
        "@type": "CreativeWork",
        "conformsTo": [{"@id": SPEC}, {"@id": PROFILE}],
        "about": {"@id": "./"},
    }
    others: list[Entity] = [
        {"@id": PROFILE, "@type": "CreativeWork", "name": "Process Run Crate", "version": "0.5"},
        {
            "@id": SOFTWARE,
            "@type": "SoftwareApplication",
            "name": f"{pack.benchmark.asset}: {' '.join(pack.score.command)}",
            "version": pack.benchmark.version,
            "url": pack.benchmark.url,
            "softwareRequirements": f"{pack.score.runtime} (lock {pack.score.runtime_digest})",
        },
        _licence("#licence-submission", SUBMISSION, pack.submission.licence),
        _licence("#licence-benchmark", BENCHMARK, pack.benchmark.licence),
    ]
    graph = [descriptor, root, *own, *files, *others, run, *values]
    return {"@context": [f"{SPEC}/context", {"sha256": SHA256}], "@graph": graph}


def _file(path: str, size: int, sha256: str) -> Entity:
    kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
    return {
        "@id": f"{FILES}/{quote(path)}",
        "@type": ["File", "SoftwareSourceCode"] if path.endswith(".py") else "File",
        "name": path,
        "contentSize": str(size),
        "encodingFormat": kind,
        "sha256": sha256,
    }


def _licence(key: str, folder: str, licence: str) -> Entity:
    return {"@id": key, "@type": "CreativeWork", "name": licence, "description": f"Licence of {folder}"}


def _value(metric: Recorded) -> Entity:
    return {
        "@id": f"#metric-{metric.name}",
        "@type": "PropertyValue",
        "propertyID": metric.name,
        "name": metric.title.en,
        "alternateName": metric.title.zh,
        "value": metric.value,
        "minValue": metric.low,
        "maxValue": metric.high,
        **({"unitText": metric.unit} if metric.unit else {}),
    }
