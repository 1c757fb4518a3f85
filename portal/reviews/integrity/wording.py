"""The doors at which names of reviewers are shown, in words."""

from portal.kit.i18n import N_, _

DOORS = {
    "desk.invitations": N_("Page of invitations"),
    "desk.invitations_table": N_("Table of invitations"),
    "desk.matrix": N_("Overview of submissions and experts"),
    "desk.matrix_table": N_("Table of submissions and experts"),
    "desk.submission": N_("Page of a submission"),
    "reviewing.progress": N_("Progress of the reviews"),
    "reviewing.reviews": N_("Reviews of a submission"),
    "reviewing.discussion": N_("Discussion of a submission"),
    "reviewing.rebuttal": N_("Answer of the applicants"),
    "staffing.conflicts": N_("Page of conflicts"),
    "staffing.affinity": N_("Affinity of experts to a submission"),
    "staffing.run": N_("Assignment or draw"),
    "staffing.record": N_("Record of a draw"),
    "conclusions.workbook": N_("The whole round as a spreadsheet"),
}


def door(key: str) -> str:
    """What a door is called; one that is not named yet is called by its key."""
    return _(DOORS[key]) if key in DOORS else key
