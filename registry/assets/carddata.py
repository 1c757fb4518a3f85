"""What a card's front matter says, in the fields of Hugging Face's model and dataset cards, and ours beside them.

Everything is optional and everything may be wrong: values of another type or beyond their bounds are left out.
"""

import math
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from registry.assets import licences
from registry.assets.forms import FULL_NAME, MAX_TAGS, TAG
from registry.assets.models import Scenario

MOST = 50
MAX_WORD = 200
_EPSG = re.compile(r"(?:EPSG:|urn:ogc:def:crs:EPSG:[^:]*:)(\d{3,6})", re.IGNORECASE)


@dataclass(frozen=True)
class Place:
    """Where, in which coordinates, how fine. ``bbox`` is west, south, east, north in degrees (WGS 84 or CGCS2000)."""

    bbox: tuple[float, float, float, float] | None = None
    crs: str = ""
    resolution: float | None = None
    unit: str = "m"
    bands: tuple[str, ...] = ()
    period: str = ""
    """ISO 8601, an instant or ``start/end``."""

    def __bool__(self) -> bool:
        return bool(self.bbox or self.crs or self.resolution or self.bands or self.period)


@dataclass(frozen=True)
class CardFacts:
    """The fields the portal knows; ``values`` is the whole front matter as it stands."""

    values: Mapping[str, Any] = field(default_factory=dict)
    title: str = ""
    title_en: str = ""
    summary: str = ""
    summary_en: str = ""
    licence: str = ""
    language: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    datasets: tuple[str, ...] = ()
    base_models: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    pipeline_tag: str = ""
    library_name: str = ""
    emissions_g: float | None = None
    """Grams of CO2 equivalent (``co2_eq_emissions``)."""
    doi: str = ""
    scenarios: tuple[Scenario, ...] = ()
    authors: tuple[tuple[str, str], ...] = ()
    """Name and affiliation."""
    place: Place = field(default_factory=Place)


def facts_of(values: Mapping[str, Any]) -> CardFacts:
    """The known fields of a front matter."""
    return CardFacts(
        values=values,
        title=_line(values.get("pretty_name") or values.get("title")),
        title_en=_line(values.get("title_en")),
        summary=_line(values.get("summary") or values.get("description"), 500),
        summary_en=_line(values.get("summary_en"), 500),
        licence=_licence(values),
        language=_words(values.get("language")),
        tags=_tags(values.get("tags")),
        datasets=_words(values.get("datasets")),
        base_models=_words(values.get("base_model")),
        metrics=tuple(_metric(item) for item in _list(values.get("metrics")) if _metric(item)),
        pipeline_tag=_line(values.get("pipeline_tag")),
        library_name=_line(values.get("library_name")),
        emissions_g=_emissions(values.get("co2_eq_emissions")),
        doi=_doi(values.get("doi")),
        scenarios=tuple(item for item in Scenario if item.value in _words(values.get("scenarios"))),
        authors=tuple(_authors(values.get("authors"))),
        place=_place(values.get("spatial"), values.get("temporal")),
    )


def related_names(names: Iterable[str]) -> list[str]:
    """Those of the named models or data sets that may be assets of this portal (``namespace/name``)."""
    return [name for name in dict.fromkeys(names) if FULL_NAME.fullmatch(name)]


def _list(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value)[:MOST] if isinstance(value, list) else [value]


def _line(value: Any, most: int = MAX_WORD) -> str:
    """One line of text, or empty."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    text = " ".join(unicodedata.normalize("NFC", str(value)).split())
    return (
        text if len(text) <= most and not any(unicodedata.category(c) in {"Cc", "Cs"} for c in text) else ""
    )


def _words(value: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for item in _list(value) if (text := _line(item))))


def _metric(item: Any) -> str:
    """A metric by name, or (as older cards have it) as a map with its type."""
    return _line(item.get("type") or item.get("name")) if isinstance(item, dict) else _line(item)


def _licence(values: Mapping[str, Any]) -> str:
    """SPDX; Hugging Face writes the same identifiers in lower case, and ``other`` with a name of its own."""
    given = _words(values.get("license"))
    try:
        return licences.canonical(" OR ".join(given)) if given else ""
    except ValueError:
        return ""


def _tags(value: Any) -> tuple[str, ...]:
    words = (re.sub(r"[\s,，、;；/]+", "-", word).strip("-").lower() for word in _words(value))
    return tuple(dict.fromkeys(word for word in words if TAG.fullmatch(word)))[:MAX_TAGS]


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)


def _emissions(value: Any) -> float | None:
    found = _number(value.get("emissions") if isinstance(value, dict) else value)
    return found if found is not None and 0 <= found < 1e15 else None


def _doi(value: Any) -> str:
    text = re.sub(r"^(?:https?://(?:dx\.)?doi\.org/|doi:)", "", _line(value), flags=re.IGNORECASE)
    return text if re.fullmatch(r"10\.\d{4,9}/[-._;()/:A-Za-z0-9]{1,150}", text) else ""


def _authors(value: Any) -> Iterable[tuple[str, str]]:
    for item in _list(value):
        name = _line(item.get("name") if isinstance(item, dict) else item, 100)
        if name:
            yield name, _line(item.get("affiliation"), 200) if isinstance(item, dict) else ""


def _place(spatial: Any, temporal: Any) -> Place:
    given: dict[str, Any] = spatial if isinstance(spatial, dict) else {}
    resolution: Any = given.get("resolution")
    unit = "m"
    if isinstance(resolution, dict):
        resolution, unit = resolution.get("value"), _line(resolution.get("unit"), 20) or "m"
    size = _number(resolution)
    crs = _line(given.get("crs"))
    found = _EPSG.fullmatch(crs)
    return Place(
        bbox=_bbox(given.get("bbox")),
        crs=f"EPSG:{found.group(1)}" if found else crs,
        resolution=size if size is not None and size > 0 else None,
        unit=unit,
        bands=_words(given.get("bands")),
        period=_period(temporal if temporal is not None else given.get("temporal")),
    )


def _bbox(value: Any) -> tuple[float, float, float, float] | None:
    numbers = [_number(item) for item in _list(value)]
    if len(numbers) != 4 or any(number is None for number in numbers):
        return None
    west, south, east, north = (number for number in numbers if number is not None)
    # East of west may be smaller: the box then crosses the 180th meridian (RFC 7946, 5.2).
    holds = -180 <= west <= 180 and -180 <= east <= 180 and -90 <= south <= north <= 90
    return (west, south, east, north) if holds else None


def _period(value: Any) -> str:
    text = _line(value, 60)
    return text if re.fullmatch(r"\d{4}(?:-\d\d){0,2}(?:/\d{4}(?:-\d\d){0,2})?", text) else ""
