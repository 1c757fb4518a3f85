"""Why a bundle, a file or a machine is refused: a code for scripts, an exit code, a sentence, and what to do."""

import errno
from dataclasses import dataclass

from cspon_node.formats import Manifest
from portal.kit.i18n import N_, _

OK, PROGRAM_FAILED, USAGE, UNREADABLE, UNTRUSTED, CHANGED, UNPROVEN, WITHDRAWN, CANNOT, PORTAL = range(10)
"""Exit codes: done; the program that was run failed; wrong use; then the families of refusals below."""

_AGAIN = N_("Copy the bundle again from the portal; if it is refused again, tell the portal's operator.")
_ALARM = N_("Do not use it. Keep the file, and tell the portal's operator and your own security officer.")
_NEWER = N_("Fetch a newer bundle from the portal.")
_ASK = N_("Ask the portal's operator for a bundle that was made properly.")


@dataclass(frozen=True)
class Rule:
    """One kind of refusal: exit code, sentence and advice (message ids)."""

    exit: int
    text: str
    advice: str


DISK = {
    errno.ENOSPC: N_("no room is left on the disk"),
    errno.EDQUOT: N_("no room is left on the disk"),
    errno.EFBIG: N_("the file is larger than the disk takes"),
    errno.EACCES: N_("this user has no right to it"),
    errno.EPERM: N_("this user has no right to it"),
    errno.ENOENT: N_("there is no such file or folder"),
    errno.EEXIST: N_("it is there already"),
    errno.ENOTDIR: N_("it is no folder"),
    errno.EISDIR: N_("it is a folder"),
    errno.EROFS: N_("the disk can only be read"),
    errno.EIO: N_("the disk reports a fault"),
    errno.ELOOP: N_("links lead in a circle"),
    errno.ENAMETOOLONG: N_("the name is too long"),
}
"""Number of the system's error -> what it means."""
OTHERWISE = N_("it cannot be read or written as it is")
RULES = {
    # --- the file is no bundle
    "not-a-bundle": Rule(UNREADABLE, N_("This is no rollout bundle."), _AGAIN),
    "truncated": Rule(UNREADABLE, N_("The bundle is cut off."), _AGAIN),
    "hidden-bytes": Rule(UNREADABLE, N_("The bundle holds bytes that no entry accounts for."), _ALARM),
    "compressed": Rule(UNREADABLE, N_("“%(name)s” is compressed or encrypted; a bundle's entries are stored."), _ALARM),
    "lying-sizes": Rule(UNREADABLE, N_("The headers of “%(name)s” contradict each other."), _ALARM),
    "bad-name": Rule(UNREADABLE, N_("An entry's name could leave the folder or deceive."), _ALARM),
    "twice": Rule(UNREADABLE, N_("Two entries would be one file somewhere: “%(name)s”"), _ALARM),
    "link": Rule(UNREADABLE, N_("“%(name)s” is a link, folder or special file; a bundle holds plain files."), _ALARM),
    "too-many": Rule(UNREADABLE, N_("The bundle has more entries than any bundle: %(count)s"), _ALARM),
    "too-large": Rule(UNREADABLE, N_("“%(name)s” is larger than such a file may be: %(size)s bytes"), _ALARM),
    "unexpected": Rule(UNREADABLE, N_("The bundle holds a file it does not name: “%(name)s”"), _ALARM),
    # --- the signatures of the roll-out (TUF)
    "trust-unreadable": Rule(
        UNTRUSTED, N_("The root of trust cannot be read."),
        N_("Give the root.json that the portal's operator handed over in person."),
    ),
    "other-trust": Rule(
        UNTRUSTED, N_("This node trusts another root than the one given."),
        N_("Leave out --trust, or use a home of its own for each portal (--home)."),
    ),
    "metadata-missing": Rule(UNTRUSTED, N_("The bundle lacks the signed metadata “%(role)s”."), _AGAIN),
    "metadata-unreadable": Rule(UNTRUSTED, N_("The metadata “%(role)s” is not as signed metadata is."), _AGAIN),
    "metadata-changed": Rule(UNTRUSTED, N_("The metadata “%(role)s” is not the one that was signed for."), _ALARM),
    "signatures": Rule(UNTRUSTED, N_("Too few of the keys in charge have signed “%(role)s”."), _ALARM),
    "root-rotation": Rule(
        UNTRUSTED, N_("The root keys were changed against the rules: old and new keys must both have signed."), _ALARM
    ),
    "expired": Rule(
        UNTRUSTED, N_("The metadata “%(role)s” has expired."),
        N_("Fetch a newer bundle from the portal. If it is new, check this machine's clock."),
    ),
    "rollback": Rule(UNTRUSTED, N_("The bundle is older than what this node has seen (%(role)s)."), _NEWER),
    "channel-not-delegated": Rule(
        UNTRUSTED, N_("No key was given the right to publish on the channel “%(channel)s”."), _ALARM
    ),
    "not-offered": Rule(UNTRUSTED, N_("The keys of the channel “%(channel)s” have not signed “%(target)s”."), _ALARM),
    "manifest-changed": Rule(UNTRUSTED, N_("“%(target)s” is not the file that was signed for."), _ALARM),
    "manifest-unreadable": Rule(
        UNTRUSTED, N_("“%(target)s” is signed, and does not hold."),
        N_("A newer cspon-node may be needed; otherwise ask the portal's operator."),
    ),
    # --- the files
    "missing": Rule(CHANGED, N_("A file is missing: “%(name)s”"), _AGAIN),
    "size": Rule(CHANGED, N_("“%(name)s” has another size than was signed for."), _AGAIN),
    "changed": Rule(CHANGED, N_("“%(name)s” is not the file that was signed for: its SHA-256 differs."), _AGAIN),
    "version-digest": Rule(CHANGED, N_("The files do not make the digest of the version %(version)s."), _ALARM),
    "runtime-lock": Rule(CHANGED, N_("The runtime's lock is missing or not the one named."), _ASK),
    "installed-changed": Rule(
        CHANGED, N_("“%(name)s” was changed on this machine after it was installed."),
        N_("Find out who did it. Remove the version and install it again from its bundle."),
    ),
    # --- statements and the log
    "statement-missing": Rule(UNPROVEN, N_("The bundle lacks a statement it must carry: %(name)s"), _ASK),
    "statement-signature": Rule(UNPROVEN, N_("“%(name)s” is not signed by a key of the portal."), _ALARM),
    "statement-of-another": Rule(UNPROVEN, N_("“%(name)s” speaks of another version than %(version)s."), _ALARM),
    "statement-differs": Rule(UNPROVEN, N_("“%(name)s” contradicts the manifest."), _ASK),
    "certificate-expired": Rule(UNPROVEN, N_("The certificate %(number)s expired on %(at)s."), _NEWER),
    "event-missing": Rule(UNPROVEN, N_("No event of the log speaks of this promotion."), _ASK),
    "event-differs": Rule(UNPROVEN, N_("“%(name)s” is not what the log has committed to."), _ALARM),
    "log-proof": Rule(UNPROVEN, N_("“%(name)s” is not proven to be in the portal's log."), _ALARM),
    "checkpoint": Rule(UNPROVEN, N_("The checkpoint is not signed by the portal's log."), _ALARM),
    "checkpoint-older": Rule(
        UNPROVEN, N_("The log of the bundle is shorter than the one this node has seen (%(size)s < %(seen)s)."), _ALARM
    ),
    "checkpoint-forked": Rule(
        UNPROVEN, N_("The log was forked: it does not begin with what this node has seen at %(seen)s entries."), _ALARM
    ),
    "log-changed": Rule(
        UNPROVEN, N_("The bundle names another log than the one this node knows: %(origin)s"),
        N_("A log keeps its key for ever. Ask the portal's operator before anything else."),
    ),
    "witnesses": Rule(
        UNPROVEN, N_("%(found)s known witnesses have signed the checkpoint; this node asks for %(wanted)s."), _NEWER
    ),
    # --- withdrawn
    "withdrawn": Rule(
        WITHDRAWN, N_("%(version)s was withdrawn (%(why)s) on %(at)s. %(reason)s"),
        N_("Remove it, or go back to the version before: cspon-node rollback %(asset)s"),
    ),
    # --- this machine
    "no-home": Rule(CANNOT, N_("There is no node at %(home)s."), N_("Run: cspon-node init --trust root.json")),
    "home-there": Rule(CANNOT, N_("There is a node at %(home)s already."), N_("Choose another folder with --home.")),
    "busy": Rule(
        CANNOT, N_("Another cspon-node is at work in %(home)s."), N_("Wait until it has ended, then run this again.")
    ),
    "unsafe-home": Rule(CANNOT, N_("%(path)s is not safe."), N_("Put its owner and mode right first.")),
    "no-room": Rule(
        CANNOT, N_("%(needed)s MB are needed at %(home)s and %(free)s MB are free."),
        N_("Make room, then run this again."),
    ),
    "older": Rule(
        CANNOT, N_("A newer bundle of %(asset)s is installed: %(version)s"),
        N_("To go back: cspon-node rollback %(asset)s"),
    ),
    "not-installed": Rule(CANNOT, N_("%(name)s is not installed here."), N_("See what is: cspon-node list")),
    "nothing-before": Rule(
        CANNOT, N_("No other version of %(asset)s is installed here to go back to."), N_("Install its bundle.")
    ),
    "not-runnable": Rule(
        CANNOT, N_("%(version)s cannot be run: its manifest names no way to run it."), N_("It is there to be read.")
    ),
    "input": Rule(CANNOT, N_("The input does not fit: %(why)s"), N_("See: cspon-node list NAME")),
    "runtime": Rule(
        CANNOT, N_("The runtime %(name)s (lock %(digest)s) is not on this machine and could not be built: %(why)s"),
        N_("Carry a bundle with wheels, or name a folder that has it with --runtimes."),
    ),
    "sandbox": Rule(
        CANNOT, N_("No jail can be run here: %(why)s"),
        N_("Run it as root on Linux; where you trust the program, add --allow-weak-sandbox."),
    ),
    "output": Rule(CANNOT, N_("The output cannot be taken over: %(why)s"), N_("Give a folder that does not exist.")),
    "receipts": Rule(
        CANNOT, N_("The node's receipts are not a whole chain."),
        N_("Do not write receipts by hand. Restore the folder receipts/ from a copy."),
    ),
    "disk": Rule(CANNOT, N_("%(path)s: %(why)s"), N_("Check the path, its rights, and the room on the disk.")),
    # --- the portal
    "portal": Rule(
        PORTAL, N_("The portal did not answer as expected: %(why)s"), N_("Check the address, then try again.")
    ),
    "portal-refused": Rule(PORTAL, N_("The portal refused: %(why)s"), N_("Check the node's token with the portal.")),
}  # fmt: skip


def meaning(error: Exception) -> str:
    """What the system said about a file, by the error's number in our words."""
    number = error.errno if isinstance(error, OSError) else None
    return _(DISK.get(number or 0, OTHERWISE))


def disk(path: object, error: Exception) -> "Refusal":
    """A path that cannot be read or written."""
    said = error.strerror if isinstance(error, OSError) else None
    return Refusal("disk", path=path, why=meaning(error), detail=said or error)


def unread(path: str, error: object = "") -> "Refusal":
    """An answer of the portal that this program does not understand, by the path it was asked at."""
    why = _("its answer at %(path)s is not one this program reads", path=path)
    return Refusal("portal", why=why, detail=error)


class Refusal(Exception):  # noqa: N818 - an outcome with an exit code of its own
    """Nothing was done, or nothing was kept. ``code`` is one of ``RULES``.

    ``detail``: what a library or the system said, in words nobody translated; a ``why`` that the sentence of the code
    has no place for is such, too.
    """

    def __init__(self, code: str, *, detail: object = "", **values: object) -> None:
        self.rule = RULES[code]
        self._detail = detail
        self.code = code
        self.values = values
        self.about: tuple[Manifest, str] | None = None
        """The manifest and its SHA-256, where its signatures had held before something else did not."""
        super().__init__(f"{code}: {self.rule.text % values}")

    @property
    def message(self) -> str:
        """The sentence in the reader's language."""
        return _(self.rule.text, **self.values)

    @property
    def detail(self) -> str:
        """What was said beside it, on one line; empty where there is nothing."""
        said = self._detail or ("" if "%(why)s" in self.rule.text else self.values.get("why", ""))
        return " ".join(str(said).split())[:300]

    @property
    def advice(self) -> str:
        """What to do, in the reader's language."""
        return _(self.rule.advice, **self.values)
