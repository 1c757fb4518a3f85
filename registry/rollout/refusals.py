"""Why receipts are not taken: each reason has a code for programs and words for people, and says what to do."""

from dataclasses import dataclass

from portal.kit.errors import Conflict, Forbidden, Invalid, Refusal
from portal.kit.i18n import N_, _


@dataclass(frozen=True)
class Rule:
    """One reason: its code (several may share one), its status, and message ids of what it is and what to do."""

    code: str
    status: int
    text: str
    hint: str = ""


_EXPORT = N_("Export the receipts again on the node: cspon-node receipt.")
_OTHER = N_("These receipts are of another node.")
RULES = {
    "no-key": Rule(
        "receipt-unknown-node", Invalid.status,
        N_("This is no public key. Copy the line that “cspon-node key” prints (ed25519:…)."),
    ),
    "no-node": Rule(
        "receipt-unknown-node", Invalid.status, N_("No node with this key is registered here."),
        N_("Register the node first, then try again."),
    ),
    "other-node": Rule(
        "receipt-other-node", Forbidden.status, _OTHER, N_("Hand them in with that node's token or page.")
    ),
    "says-other-node": Rule("receipt-other-node", Forbidden.status, _OTHER),
    "signature": Rule(
        "receipt-signature", Invalid.status,
        N_("A receipt is not signed by the key of this node, or was changed since."), _EXPORT,
    ),
    "unreadable": Rule("receipt-unreadable", Invalid.status, N_("This is no signed receipt: %(why)s")),
    "future": Rule(
        "receipt-unreadable", Invalid.status, N_("A receipt is dated in the future."),
        N_("Set the node's clock and export again."),
    ),
    "version": Rule(
        "receipt-version", Invalid.status,
        N_("Receipt %(n)s speaks of a version or of files this portal does not have."),
        N_("Was the bundle made by another portal?"),
    ),
    "replayed": Rule("receipt-replayed", Conflict.status, N_("These receipts were handed in already.")),
    "number-used": Rule(
        "receipt-number-used", Conflict.status, N_("Another receipt of this node has the number %(n)s."),
        N_("A number is used once. Was the node's folder restored from a copy? Ask the secretariat."),
    ),
    "chain": Rule(
        "receipt-chain", Conflict.status, N_("Receipt %(n)s does not follow the one before it."), _EXPORT
    ),
}  # fmt: skip


class ReceiptRefused(Refusal):
    """None of the receipts handed in was taken; ``reason`` is one of ``RULES``."""

    def __init__(self, reason: str, **values: object) -> None:
        rule = RULES[reason]
        super().__init__(_(rule.text, **values), hint=_(rule.hint) if rule.hint else None)
        self.code, self.status = rule.code, rule.status
