"""DataCite metadata (kernel 4) as JSON: ready for whoever registers a DOI, and read by harvesters as it is."""

from typing import Any

from portal.kit.clock import shanghai
from registry.assets.models import AssetKind, RelationKind
from registry.exchange.names import CJK, split_name
from registry.exchange.record import Outlet, Person, Record

GENERAL = {
    AssetKind.model: "Model",
    AssetKind.algorithm: "Software",
    AssetKind.tool: "Software",
    AssetKind.dataset: "Dataset",
    AssetKind.benchmark: "Dataset",
    AssetKind.report: "Report",
}
PAPERS = {
    Outlet.journal: "JournalArticle",
    Outlet.conference: "ConferencePaper",
    Outlet.book: "Book",
    Outlet.preprint: "Preprint",
}
"""resourceTypeGeneral."""
RELATIONS = {
    (RelationKind.based_on, "to"): "IsDerivedFrom",
    (RelationKind.based_on, "from"): "IsSourceOf",
    (RelationKind.uses, "to"): "Requires",
    (RelationKind.uses, "from"): "IsRequiredBy",
    (RelationKind.uses_data, "to"): "Requires",
    (RelationKind.uses_data, "from"): "IsRequiredBy",
    (RelationKind.describes, "to"): "Documents",
    (RelationKind.describes, "from"): "IsDocumentedBy",
    (RelationKind.described_by, "to"): "IsDocumentedBy",
    (RelationKind.described_by, "from"): "Documents",
    (RelationKind.evaluated_on, "to"): "References",
    (RelationKind.evaluated_on, "from"): "IsReferencedBy",
    (RelationKind.supersedes, "to"): "Obsoletes",
    (RelationKind.supersedes, "from"): "IsObsoletedBy",
}
"""relationType for our relations and the way they are read."""


def datacite(record: Record) -> dict[str, Any]:
    """The attributes of the JSON form; empty ones are left out."""
    published = shanghai(record.published)
    values: dict[str, Any] = {
        "doi": record.doi,
        "identifiers": [
            {"identifier": record.url, "identifierType": "URL"},
            *([{"identifier": record.cstr, "identifierType": "CSTR"}] if record.cstr else []),
            *(
                [{"identifier": f"sha256:{record.tree_digest}", "identifierType": "SHA-256 of the file list"}]
                if record.tree_digest and record.pinned
                else []
            ),
        ],
        "url": record.url,
        "creators": [_creator(person) for person in record.authors],
        "titles": _titles(record),
        "publisher": {"name": record.publisher},
        "publicationYear": record.appeared,
        "container": {"type": "Series", "title": record.venue} if record.venue else {},
        "types": {
            "resourceTypeGeneral": PAPERS[record.outlet] if record.outlet else GENERAL[record.kind],
            "resourceType": record.kind.value,
        },
        "subjects": [
            {"subject": word} for word in [*record.tags, *(item.value for item in record.scenarios)]
        ],
        "dates": [
            {"date": f"{published:%Y-%m-%d}", "dateType": "Issued"},
            {"date": f"{shanghai(record.updated):%Y-%m-%d}", "dateType": "Updated"},
            *(
                [{"date": record.facts.place.period, "dateType": "Coverage"}]
                if record.facts.place.period
                else []
            ),
        ],
        "language": record.facts.language[0] if record.facts.language else "",
        "version": record.number,
        "rightsList": [_rights(record.licence)],
        "descriptions": _descriptions(record),
        "relatedIdentifiers": _related(record),
        "sizes": [f"{len(record.files)} files", f"{sum(file.size for file in record.files)} B"]
        if record.files
        else [],
        "formats": sorted({file.media_type for file in record.files}),
        "geoLocations": _places(record),
        "schemaVersion": "http://datacite.org/schema/kernel-4",
    }
    return {key: value for key, value in values.items() if value}


def _creator(person: Person) -> dict[str, Any]:
    family, given = split_name(person)
    if not given:
        return {"name": family, "nameType": "Organizational" if person.entity else "Personal"}
    creator: dict[str, Any] = {
        "name": f"{family}, {given}",
        "nameType": "Personal",
        "givenName": given,
        "familyName": family,
    }
    return {**creator, "affiliation": [{"name": person.affiliation}]} if person.affiliation else creator


def _titles(record: Record) -> list[dict[str, str]]:
    titles = [{"title": record.title, "lang": "zh" if CJK.search(record.title) else "en"}]
    if record.title_en:
        titles.append({"title": record.title_en, "titleType": "TranslatedTitle", "lang": "en"})
    return titles


def _rights(licence: str) -> dict[str, str]:
    """SPDX where it is one identifier; an expression is named as it stands."""
    if " " in licence or licence.startswith("LicenseRef-"):
        return {"rights": licence}
    return {
        "rights": licence,
        "rightsUri": f"https://spdx.org/licenses/{licence}",
        "rightsIdentifier": licence.lower(),
        "rightsIdentifierScheme": "SPDX",
        "schemeUri": "https://spdx.org/licenses/",
    }


def _descriptions(record: Record) -> list[dict[str, str]]:
    pairs = ((record.summary, "zh"), (record.summary_en, "en"))
    return [
        {"description": text, "descriptionType": "Abstract", "lang": lang} for text, lang in pairs if text
    ]


def _related(record: Record) -> list[dict[str, str]]:
    found = [
        {
            "relatedIdentifier": f"{record.site}/assets/{item.full_name}",
            "relatedIdentifierType": "URL",
            "relationType": RELATIONS[item.kind, item.direction],
        }
        for item in record.related
    ]
    if record.pinned:
        whole = {
            "relatedIdentifier": record.asset_url,
            "relatedIdentifierType": "URL",
            "relationType": "IsVersionOf",
        }
        found.append(whole)
    return found


def _places(record: Record) -> list[dict[str, Any]]:
    if record.facts.place.bbox is None:
        return []
    west, south, east, north = record.facts.place.bbox
    box = {
        "westBoundLongitude": west,
        "eastBoundLongitude": east,
        "southBoundLatitude": south,
        "northBoundLatitude": north,
    }
    return [{"geoLocationBox": box}]
