"""What a visitor typed or sent, read against the interface of the version: typed values and checked bytes, or errors
by field."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from portal.kit.errors import Clash
from portal.kit.forms import clean
from portal.kit.i18n import _
from registry.benchmarks.reading import stored_bytes
from registry.trials.interface import Input, Interface, Parameter, Value
from registry.trials.tables import features_table, normal_table

TEXTS = frozenset({"csv", "geojson", "json", "text"})
"""Kinds of inputs that may be typed or pasted."""
GEOMETRIES = frozenset(
    {"Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection"}
)
MAGIC = {"image": (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"), "parquet": (b"PAR1",)}


Base64 = Annotated[
    str,
    Field(
        description="base64",
        json_schema_extra={"pattern": "^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$"},
    ),
]


class TrialInput(BaseModel):
    """The JSON body of a trial: settings by name; inputs as text, or as base64 where they are no text. What is left out
    is the default, or the version's own sample."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"parameters": {"cell_m": 50}, "inputs": {"items": "a,b\n1,2\n"}, "files": {}}]
        },
    )

    parameters: Annotated[dict[str, Value], Field(max_length=20)] = {}
    inputs: Annotated[dict[str, str], Field(max_length=5)] = {}
    files: Annotated[dict[str, Base64], Field(max_length=5)] = {}


@dataclass
class Given:
    """What goes into the jail. ``inputs``: the asker's own bytes by name; what is missing is the version's sample."""

    parameters: dict[str, Any] = field(default_factory=dict)
    inputs: dict[str, bytes] = field(default_factory=dict)
    features: list[str] = field(default_factory=list)
    """Of a model: the columns it is fed with, in order."""
    own: bool = False
    """Whether anything but samples was given."""


def read_given(
    interface: Interface,
    settings: Mapping[str, Value],
    inputs: Mapping[str, bytes],
    *,
    samples: Mapping[str, str],
    model: bool,
) -> Given:
    """Check everything against the interface; ``Clash`` names every field that does not hold.

    Fields of parameters are ``p-<name>``, of inputs ``i-<name>``. ``samples``: SHA-256 of the version's own files, by
    input; a model's is read like a visitor's table, so that both are fed to it in the same way.
    """
    given = Given()
    errors: dict[str, str] = {}
    known = {each.name for each in interface.parameters}, {each.name for each in interface.inputs}
    for prefix, names, there in (("p", set(settings), known[0]), ("i", set(inputs), known[1])):
        errors |= {
            f"{prefix}-{name}"[:80]: _("There is no such field.") for name in sorted(names - there)[:20]
        }
    for each in interface.parameters:
        try:
            value = parameter_value(each, settings.get(each.name))
        except ValueError as error:
            errors[f"p-{each.name}"] = str(error)
        else:
            if value is not None:
                given.parameters[each.name] = value
    for one in interface.inputs:
        try:
            data = inputs.get(one.name)
            if not data and model and one.name in samples:
                given.inputs[one.name], given.features = features_table(
                    stored_bytes(samples[one.name], one.max_kb * 1024), one.columns
                )
            else:
                _take(given, one, data, model=model)
                given.own |= bool(data)
        except ValueError as error:
            errors[f"i-{one.name}"] = str(error)
    if errors:
        raise Clash(_("Please correct the marked fields."), fields=errors)
    return given


def _take(given: Given, one: Input, data: bytes | None, *, model: bool) -> None:
    if not data:
        if one.sample is None:
            raise ValueError(_("Please fill this in."))
        return
    if len(data) > one.max_kb * 1024:
        raise ValueError(_("At most %(kb)s KiB are taken here.", kb=one.max_kb))
    if model:
        given.inputs[one.name], given.features = features_table(data, one.columns)
    else:
        given.inputs[one.name] = _checked(one, data)


def _checked(one: Input, data: bytes) -> bytes:
    if one.kind == "csv":
        return normal_table(data, one.columns)
    if one.kind in MAGIC:
        if not data.startswith(MAGIC[one.kind]):
            raise ValueError(_("This is not a file of the kind asked for."))
        return data
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(_("The text is not UTF-8.")) from error
    if one.kind in {"json", "geojson"}:
        try:
            value = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise ValueError(_("This is not JSON: %(reason)s", reason=str(error)[:200])) from error
        if one.kind == "geojson" and not _is_geojson(value):
            raise ValueError(_("This is JSON, but no GeoJSON (RFC 7946)."))
    return text.encode()


def _is_geojson(value: object) -> bool:
    if not isinstance(value, dict):
        return False
    if value.get("type") == "FeatureCollection":
        return isinstance(value.get("features"), list)
    return value.get("type") == "Feature" or value.get("type") in GEOMETRIES


def parameter_value(each: Parameter, raw: Value | None) -> Value | None:
    """The typed value; the default where nothing was given. `ValueError` in the reader's language."""
    if raw is None or raw == "":
        if each.type == "flag":
            return bool(each.default)
        if each.default is None:
            raise ValueError(_("Please fill this in."))
        return each.default
    try:
        value = _typed(each, raw)
    except ValueError as error:
        raise ValueError(_("Please enter a number.")) from error
    try:
        return each.checked(value)
    except ValueError as error:
        raise ValueError(_complaint(each, value)) from error


def _typed(each: Parameter, raw: Value) -> Value:
    if not isinstance(raw, str):
        return raw
    if each.type == "whole":
        return int(raw[:40])
    if each.type == "number":
        number = float(raw[:40])
        if not math.isfinite(number):
            raise ValueError(raw)
        return number
    if each.type == "flag":
        return raw.lower() in {"1", "true", "on", "yes"}
    return clean(raw).strip()[:500]


def _complaint(each: Parameter, value: Value) -> str:
    if each.type == "choice":
        return _("Please choose one of the offered values.")
    if each.type not in {"number", "whole"} or isinstance(value, bool | str):
        return _("This value cannot be used.")
    if each.min is not None and value < each.min:
        return _("At least %(bound)s.", bound=f"{each.min:g}")
    if each.max is not None and value > each.max:
        return _("At most %(bound)s.", bound=f"{each.max:g}")
    return _("Please enter a whole number.") if each.type == "whole" else _("Please enter a number.")
