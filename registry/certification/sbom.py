"""A software bill of materials in CycloneDX 1.6 JSON (ECMA-424). Pure; the tests hold it against the schema."""

import json
import uuid
from typing import Any
from urllib.parse import quote

from registry.certification.parts import Part, Parts

FORMAT, SPEC = "CycloneDX", "1.6"


def document(parts: Parts, *, name: str, version: str, licence: str, digest: str, at: str) -> dict[str, Any]:
    """The bill of one version. The same parts give the same serial number: it is made of their names and digests.

    ``digest``: of the version's files; ``at``: ISO 8601.
    """
    main = f"{name}@{version}"
    components = [
        _component(each) for each in sorted(parts.parts, key=lambda each: (each.name, each.version))
    ]
    refs = [each["bom-ref"] for each in components]
    serial = uuid.uuid5(uuid.NAMESPACE_URL, "\n".join([main, digest, parts.lock_digest, *refs]))
    properties = [{"name": "cspon:tree-sha256", "value": digest}]
    if parts.runtime:
        properties.append({"name": "cspon:runtime", "value": parts.runtime})
    if parts.lock_digest:
        properties.append({"name": "cspon:runtime-lock-sha256", "value": parts.lock_digest})
    if parts.unread:
        properties.append({"name": "cspon:requirement-lines-not-read", "value": str(parts.unread)})
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": FORMAT,
        "specVersion": SPEC,
        "serialNumber": f"urn:uuid:{serial}",
        "version": 1,
        "metadata": {
            "timestamp": at,
            "tools": {"components": [{"type": "application", "name": "CSPON Commons"}]},
            "component": {
                "type": "application", "bom-ref": main, "name": name, "version": version,
                **_licences(licence), "properties": properties,
            },
        },
        "components": components,
        "dependencies": [{"ref": main, "dependsOn": refs}],
    }  # fmt: skip


def _component(part: Part) -> dict[str, Any]:
    purl = f"pkg:pypi/{quote(part.name, safe='')}" + (
        f"@{quote(part.version, safe='')}" if part.version else ""
    )
    found: dict[str, Any] = {"type": "library", "bom-ref": purl, "name": part.name, "purl": purl}
    if part.version:
        found["version"] = part.version
    found |= _licences(part.licence)
    properties = [{"name": "cspon:origin", "value": part.origin}]
    if part.asked:
        properties.append({"name": "cspon:asked-for", "value": part.asked})
    if part.hashes:
        # Any of these archives may have been installed, so they are no "hashes" of one file.
        properties += [{"name": "cspon:locked-sha256", "value": each} for each in part.hashes]
    return found | {"properties": properties}


def _licences(expression: str) -> dict[str, Any]:
    return {"licenses": [{"expression": expression}]} if expression else {}


def written(bill: dict[str, Any]) -> bytes:
    """The bytes that are stored."""
    return json.dumps(bill, ensure_ascii=False, indent=1, sort_keys=True).encode()
