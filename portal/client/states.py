"""What states and weights are called; the message ids are the portal's own."""

from portal.kit.i18n import N_, _

WORDS = {
    "draft": N_("Draft"),
    "scanning": N_("Scanning"),
    "published": N_("Published"),
    "quarantined": N_("Quarantined"),
    "rejected": N_("Rejected"),
    "yanked": N_("Yanked"),
    "passed": N_("Passed"),
    "failed": N_("Not passed"),
    "skipped": N_("Not applicable"),
    "broken": N_("Platform fault"),
    "requested": N_("Requested"),
    "queued": N_("Queued"),
    "predicting": N_("Running"),
    "scoring": N_("Scoring"),
    "done": N_("Done"),
    "failed_user": N_("Submission failed"),
    "failed_platform": N_("Platform fault"),
    "cancelled": N_("Cancelled"),
    "info": N_("For information"),
    "warning": N_("Warning"),
    "danger": N_("Danger"),
}


def words(state: str) -> str:
    """The state in the person's language; one this client does not know yet as it is."""
    return _(WORDS[state]) if state in WORDS else state
