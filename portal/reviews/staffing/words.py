"""Facts of a conflict in words."""

from collections.abc import Mapping

from portal.kit.i18n import N_, _

FACTS = {
    "person": N_("Person"),
    "organisation": N_("Organisation"),
    "own": N_("Through"),
    "until": N_("There until"),
    "last": N_("Last held"),
    "evidence": N_("Evidence"),
    "sure": N_("Recognised"),
    "reason": N_("Statement"),
    "by": N_("Stated by"),
}
VALUES = {
    "certain": N_("for certain, by account, ORCID or address"),
    "likely": N_("by name and organisation"),
    "possible": N_("by the name alone"),
    "unknown": N_("not known"),
    "declared": N_("declared by one of them"),
    "reviewer": N_("the expert"),
    "secretariat": N_("the secretariat"),
}


def facts_in_words(facts: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """(name, value, address) of every fact, in the current language; the address where the value is one of a work."""
    found = []
    for name, title in FACTS.items():
        if value := facts.get(name):
            address = value if name == "evidence" and value.startswith("/assets/") else ""
            if name == "evidence" and value.startswith("round "):
                value = _("a common submission in an earlier round")
            found.append(
                (_(title), _(VALUES[value]) if value in VALUES and name in PLAIN else value, address)
            )
    return found


PLAIN = frozenset({"until", "evidence", "sure", "by"})
"""Facts whose values are words of the program; others are what people wrote."""
