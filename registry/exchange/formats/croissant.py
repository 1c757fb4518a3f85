"""Croissant 1.1 (MLCommons): JSON-LD of a data set, with GeoCroissant 1.0 terms where the card states a place."""

import mimetypes
from typing import Any
from urllib.parse import quote

from portal.kit.clock import shanghai
from registry.assets.publication import resolvers
from registry.exchange.formats.bibtex import bibtex
from registry.exchange.formats.recordsets import PARQUET, file_id, record_sets
from registry.exchange.record import FileEntry, Person, Record

CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "arrayShape": "cr:arrayShape",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "containedIn": "cr:containedIn",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "description": {"@container": "@language"},
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "geocr": "http://mlcommons.org/croissant/geo/",
    "includes": "cr:includes",
    "isArray": "cr:isArray",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "name": {"@container": "@language"},
    "parentField": "cr:parentField",
    "path": "cr:path",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
CORE = "http://mlcommons.org/croissant/1.1"
GEO = "http://mlcommons.org/croissant/geo/1.0"


def croissant(record: Record) -> dict[str, Any]:
    """The data set with every file this reader may fetch, by digest. Raises nothing: what is not stated is left out."""
    place = record.facts.place
    published = shanghai(record.published)
    values: dict[str, Any] = {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "@id": record.version_url,
        "conformsTo": [CORE, GEO] if place else CORE,
        "name": record.title,
        "alternateName": [text for text in (record.title_en, record.full_name) if text],
        "description": record.description,
        "url": record.version_url,
        "sameAs": [link for _name, _identifier, link in resolvers(record.doi, record.cstr)],
        "license": licence_url(record.licence),
        "version": record.number,
        "datePublished": f"{published:%Y-%m-%d}",
        "dateModified": f"{shanghai(record.updated):%Y-%m-%d}",
        "creator": [_creator(person) for person in record.authors],
        "publisher": {"@type": "sc:Organization", "name": record.publisher, "url": record.site},
        "keywords": list(record.tags),
        "inLanguage": list(record.facts.language),
        "citeAs": bibtex(record).strip(),
        "isLiveDataset": False,
        **_place(record),
        "distribution": [_file(record, file, n) for n, file in enumerate(record.files, start=1)],
        "recordSet": record_sets(record.files),
    }
    return {key: value for key, value in values.items() if value not in ("", [], None)}


def licence_url(licence: str) -> str:
    """The SPDX address of one identifier; an expression or a LicenseRef as it stands."""
    plain = " " not in licence and not licence.startswith("LicenseRef-")
    return f"https://spdx.org/licenses/{licence}.html" if plain else licence


def media_type(file: FileEntry) -> str:
    """The stored type, or what the name says where the type is only "bytes"."""
    if file.table is not None and file.table.encoding == PARQUET:
        return "application/x-parquet"  # the name by which readers of Croissant know it
    if file.media_type != "application/octet-stream":
        return file.media_type
    return mimetypes.guess_type(file.path)[0] or file.media_type


def _file(record: Record, file: FileEntry, n: int) -> dict[str, Any]:
    """A file with the address it is downloaded from."""
    return {
        "@type": "cr:FileObject",
        "@id": file_id(file, n),
        "name": file.path,
        "contentUrl": f"{record.version_url}/download/{quote(file.path)}",
        "contentSize": f"{file.size} B",
        "encodingFormat": media_type(file),
        "sha256": file.sha256,
    }


def _creator(person: Person) -> dict[str, Any]:
    if person.entity:
        return {"@type": "sc:Organization", "name": person.name}
    creator: dict[str, Any] = {"@type": "sc:Person", "name": person.name}
    if person.affiliation:
        creator["affiliation"] = {"@type": "sc:Organization", "name": person.affiliation}
    return creator


def _place(record: Record) -> dict[str, Any]:
    """Extent and period in schema.org's terms, the rest in GeoCroissant's."""
    place = record.facts.place
    found: dict[str, Any] = {"temporalCoverage": place.period}
    if place.bbox is not None:
        west, south, east, north = place.bbox
        box = f"{south:g} {west:g} {north:g} {east:g}"  # GeoShape: latitude first
        found["spatialCoverage"] = {"@type": "sc:Place", "geo": {"@type": "sc:GeoShape", "box": box}}
    if place.crs:
        found["geocr:coordinateReferenceSystem"] = place.crs
    if place.resolution is not None:
        size = {"@type": "sc:QuantitativeValue", "value": place.resolution, "unitText": place.unit}
        found["geocr:spatialResolution"] = size
    if place.bands:
        found["geocr:bandConfiguration"] = {
            "@type": "geocr:BandConfiguration",
            "geocr:totalBands": len(place.bands),
            "geocr:bandNameList": list(place.bands),
        }
    return found
