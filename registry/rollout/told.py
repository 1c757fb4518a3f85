"""A metadata file in words, for the person who is about to sign it. Pure."""

from collections.abc import Iterator
from typing import Any

from tuf.api.metadata import Root, Targets

from registry.rollout.metadata import parse
from registry.rollout.reading import DEMO, ROLE

MOST = 200


def metadata(data: bytes) -> Iterator[str]:
    """Lines: which role, which version, until when, who signs, what is served."""
    signed = parse(data).signed
    role = signed.unrecognized_fields.get(ROLE, signed.type)
    yield f"role {role}, version {signed.version}, valid until {signed.expires:%Y-%m-%d}"
    if isinstance(signed, Root):
        if signed.unrecognized_fields.get(DEMO):
            yield "marked as a demonstration"
        yield from _keys(signed.roles)
    if isinstance(signed, Targets):
        if signed.delegations is not None and signed.delegations.roles:
            yield from _keys(signed.delegations.roles)
        for path, target in sorted(signed.targets.items())[:MOST]:
            yield f"serves {path} sha256 {target.hashes.get('sha256', '')}"
        if len(signed.targets) > MOST:
            yield f"… and {len(signed.targets) - MOST} more"


def _keys(roles: Any) -> Iterator[str]:
    for name, each in sorted(roles.items()):
        yield f"{name}: {each.threshold} of {len(each.keyids)} sign: {', '.join(key[:16] for key in each.keyids)}"
