"""A node as a witness of the portal's log: it signs a checkpoint only after it has seen that the log merely grew."""

import base64
import binascii
from contextlib import suppress

from cspon_node.home import Home
from cspon_node.portal_door import Portal
from cspon_node.refusals import Refusal, unread
from portal.audit import checkpoints, merkle
from portal.audit.checkpoints import Checkpoint
from portal.kit.clock import now
from portal.kit.i18n import _
from portal.kit.signing import BadKey, note
from portal.kit.signing.note import COSIGNATURE, BadNote, NoteKey

CHECKPOINT, CONSISTENCY, COSIGNATURES = (
    "/api/v1/log/checkpoint",
    "/api/v1/log/consistency",
    "/api/v1/log/cosignatures",
)


def witness_key(home: Home) -> NoteKey:
    """The node's key as a witness's: what the portal's operator registers."""
    try:
        return NoteKey(home.config.name, home.signer().verifier, COSIGNATURE)
    except BadKey as error:
        why = _("the node's name cannot be that of a witness: %(name)s", name=home.config.name)
        raise Refusal("input", why=why, detail=error) from error


def witness(home: Home, portal: Portal, log_key: str | None) -> tuple[Checkpoint, bool]:
    """Fetch the newest checkpoint, hold it against the last one, cosign it and hand it in; whether it was new.

    Where the log contradicts what this node has seen, the old checkpoint is handed in instead, which makes the portal
    stop, and this is refused.
    """
    terms = home.terms()
    key = _log_key(log_key, terms.seen.key)
    text = _decoded(portal.read(CHECKPOINT))
    new = _verified(text, key)
    old = checkpoints.read(note.parse(terms.seen.note).body) if terms.seen.note is not None else None
    if old is not None and terms.seen.note is not None:
        code = _contradicts(portal, old, new)
        if code:
            # Whatever the portal makes of it, the contradiction is what is told here.
            with suppress(Refusal):
                _hand_in(home, portal, terms.seen.note, key)
            raise Refusal(code, seen=old.size, size=new.size)
    _hand_in(home, portal, text, key)
    home.see(key.text(), note.Note(note.parse(text).body, _of(text, key)).text())
    return new, old is None or new.size > old.size


def _log_key(given: str | None, known: str | None) -> NoteKey:
    if known is not None and given not in (None, known):
        raise Refusal("log-changed", origin=str(given).partition("+")[0])
    text = known or given
    if text is None:
        raise Refusal("input", why=_("the log's key is not known here yet: give it once by --log-key"))
    try:
        return note.read_key(text)
    except BadKey as error:
        raise Refusal(
            "input", why=_("%(option)s is no key of a log", option="--log-key"), detail=error
        ) from error


def _verified(text: str, key: NoteKey) -> Checkpoint:
    try:
        return checkpoints.verified(text, key)
    except BadNote as error:
        raise Refusal("checkpoint", why=error) from error


def _contradicts(portal: Portal, old: Checkpoint, new: Checkpoint) -> str:
    """The code of the contradiction between what was seen and what is shown; empty when the log merely grew."""
    if new.size < old.size:
        return "checkpoint-older"
    if new.size == old.size:
        return "" if new.root == old.root else "checkpoint-forked"
    if old.size == 0:
        return ""
    answer = portal.ask(CONSISTENCY, first=old.size, second=new.size)
    try:
        path = [base64.b64decode(each, validate=True) for each in answer["hashes"]]
    except (KeyError, TypeError, ValueError, binascii.Error) as error:
        raise unread(CONSISTENCY, repr(error)) from error
    return "" if merkle.consistent(old.size, new.size, path, old.root, new.root) else "checkpoint-forked"


def _hand_in(home: Home, portal: Portal, text: str, key: NoteKey) -> None:
    parsed = note.parse(text)
    line = note.cosign(parsed.body, witness_key(home).name, home.signer(), int(now().timestamp()))
    portal.post(COSIGNATURES, {"note": note.Note(parsed.body, (*_of(text, key), line)).text()})


def _of(text: str, key: NoteKey) -> tuple[note.Line, ...]:
    """The log's own line: others' are no business of this node."""
    return tuple(line for line in note.parse(text).lines if (line.name, line.hash) == (key.name, key.hash))


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refusal("checkpoint", why=error) from error
