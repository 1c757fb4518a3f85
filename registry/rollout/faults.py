"""Why a bundle could not be made, in our own words: a code, a sentence, what to do. What a library or a system said is
kept beside it, as a technical detail for the staff. Pure."""

import re
from dataclasses import dataclass

from tuf.api import exceptions as tuf

from cspon_node import formats
from portal.kit.errors import Unavailable
from portal.kit.i18n import N_, _
from portal.kit.signing.keys import BadKey
from registry.rollout.packing import BadPart, ChangedPart
from registry.rollout.plan import Refused

MOST_DETAIL = 1200
_WRITTEN = re.compile(r"(?P<text>.+) \[(?P<code>[a-z-]+)\](?:\n(?P<detail>.*))?", re.DOTALL)
_OPERATOR = N_("The portal's operator looks at it: cspon rollout status")
_ORDER = N_("When that is put right, order the bundle again: cspon rollout bundle VERSION")
_WAITS = N_("It is tried again by itself every few minutes.")


@dataclass(frozen=True)
class Fault:
    """One kind: sentence and advice (message ids). ``again``: it is tried again, nothing has failed for good."""

    text: str
    advice: str
    again: bool = False


FAULTS = {
    "expired": Fault(
        N_("Signed metadata of the repository has expired; no node would take the bundle."), _OPERATOR, again=True
    ),
    "threshold": Fault(N_("Too few of the keys in charge have signed the repository's metadata."), _OPERATOR),
    "version": Fault(N_("The repository's metadata does not follow on the version before it."), _OPERATOR),
    "hash": Fault(N_("Bytes in the file store are not those of their digest, or of another length."), _ORDER),
    "missing": Fault(N_("A file of the version or of its evidence is not in the file store."), _ORDER),
    "key-missing": Fault(
        N_("This machine lacks a key it must sign with, or cannot use it."),
        N_("Put the key back where it was, or give the role another: cspon keys rotate"), again=True,
    ),
    "metadata": Fault(
        N_("A file of the repository is no signed metadata any more."),
        N_("Restore the folder rollout/ from a backup."),
    ),
    "no-repository": Fault(
        N_("There is no repository of rollout bundles yet."), N_("Begin with: cspon keys init"), again=True
    ),
    "notices-unsigned": Fault(N_("The list of withdrawn versions is not signed yet."), _WAITS, again=True),
    "replaced": Fault(N_("Another bundle of this version is served in this channel."), _ORDER),
    "manifest": Fault(
        N_("The manifest would not hold on a node, so it was not signed."),
        N_("This is a fault of the portal: report it with its technical detail."),
    ),
    "entry": Fault(
        N_("A file cannot be an entry of a bundle: its name, its place or their number."),
        N_("The publisher puts the file's name right in a new version."),
    ),
    "storage": Fault(N_("The disk or the file store does not answer, or is full."), _WAITS, again=True),
    "refused": Fault(N_("The repository refused what was asked of it."), _OPERATOR),
}  # fmt: skip
KINDS: tuple[tuple[type[Exception], str], ...] = (
    (ChangedPart, "hash"),
    (BadPart, "entry"),
    (formats.BadFormat, "manifest"),
    (FileNotFoundError, "missing"),
    (tuf.ExpiredMetadataError, "expired"),
    (tuf.UnsignedMetadataError, "threshold"),
    (tuf.BadVersionNumberError, "version"),
    (tuf.LengthOrHashMismatchError, "hash"),
    (tuf.RepositoryError, "metadata"),
    (BadKey, "key-missing"),
    (Unavailable, "storage"),
    (OSError, "storage"),
)
"""The first that fits."""
KNOWN: tuple[type[Exception], ...] = (Refused, *(kind for kind, _code in KINDS))


def code_of(error: Exception) -> str:
    """The kind of an error that is one of ``KNOWN``."""
    if isinstance(error, Refused):
        return error.code if error.code in FAULTS else "refused"
    return next(code for kind, code in KINDS if isinstance(error, kind))


def written(error: Exception) -> str:
    """As it is kept: the sentence with its code, then what was said."""
    code = code_of(error)
    detail = " ".join(f"{type(error).__name__}: {error}".split())[:MOST_DETAIL]
    return f"{FAULTS[code].text} [{code}]\n{detail}"


@dataclass(frozen=True)
class Told:
    """The reason of a state as its reader sees it."""

    words: str
    code: str = ""
    advice: str = ""
    detail: str = ""
    """In the words of a library or a system, which nobody translated."""


def told(reason: str) -> Told:
    """A kept reason in the reader's language; what is no fault of ours stays as it is."""
    found = _WRITTEN.fullmatch(reason)
    fault = FAULTS.get(found["code"]) if found is not None else None
    if found is None or fault is None:
        return Told(_(reason) if reason else "")
    return Told(_(fault.text), found["code"], _(fault.advice), found["detail"] or "")
