"""Why somebody may not decide an appeal. Pure."""

from enum import StrEnum

from portal.kit.i18n import N_


class Bar(StrEnum):
    """What keeps somebody from an appeal. Reviewing has no word of its own, so that no list tells who reviewed."""

    created = "created"
    acted = "acted"
    part = "part"
    conflict = "conflict"

    @property
    def label(self) -> str:
        """Message id of the reason."""
        return {
            "created": N_("made the round"),
            "acted": N_("acted or had part in the round"),
            "part": N_("acted or had part in the round"),
            "conflict": N_("is in conflict with the submission"),
        }[self.value]
