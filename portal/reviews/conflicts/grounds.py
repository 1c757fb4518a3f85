"""Why somebody is in conflict, and how firmly."""

from enum import StrEnum

from portal.kit.i18n import N_


class Weight(StrEnum):
    """Hard: may not see or act. Soft: the secretariat looks at it, and an assignment avoids it."""

    hard = "hard"
    soft = "soft"


class Ground(StrEnum):
    """The typed reason of a conflict."""

    same_person = "same_person"
    namesake = "namesake"
    same_organisation = "same_organisation"
    former_organisation = "former_organisation"
    honorary = "honorary"
    organisation_tree = "organisation_tree"
    distant_organisation = "distant_organisation"
    sibling_organisation = "sibling_organisation"
    same_city = "same_city"
    former_colleague = "former_colleague"
    applicant = "applicant"
    kin = "kin"
    adviser = "adviser"
    co_author = "co_author"
    co_project = "co_project"
    lineage = "lineage"
    declared = "declared"
    excluded = "excluded"
    excluded_name = "excluded_name"
    reviewed_before = "reviewed_before"
    pledge_refused = "pledge_refused"

    @property
    def label(self) -> str:
        """Message id of the ground's name."""
        return _LABELS[self]


_LABELS = {
    Ground.same_person: N_("Is one of the applicants"),
    Ground.namesake: N_("Has the name of an applicant"),
    Ground.same_organisation: N_("Works at an applying organisation"),
    Ground.former_organisation: N_("Worked at an applying organisation lately"),
    Ground.honorary: N_("Holds an honorary post at an applying organisation"),
    Ground.organisation_tree: N_("Works above or below an applying organisation"),
    Ground.distant_organisation: N_("Works far above or below an applying organisation"),
    Ground.sibling_organisation: N_("Works at a sister of an applying organisation"),
    Ground.same_city: N_("Works at an institute of the same city"),
    Ground.former_colleague: N_("Works or lately worked with an applicant at one organisation"),
    Ground.applicant: N_("Applies in the same round"),
    Ground.kin: N_("Is a relative of an applicant"),
    Ground.adviser: N_("Is or was adviser or student of an applicant"),
    Ground.co_author: N_("Wrote with an applicant lately"),
    Ground.co_project: N_("Shared a project with an applicant lately"),
    Ground.lineage: N_("Had the same adviser as an applicant"),
    Ground.declared: N_("Declared a relation to an applicant"),
    Ground.excluded: N_("The applicants asked not to have this expert"),
    Ground.excluded_name: N_("The applicants asked not to have somebody of this name"),
    Ground.reviewed_before: N_("Reviewed an applicant in an earlier round"),
    Ground.pledge_refused: N_("Did not sign the pledge of this round"),
}
SOFT = frozenset(
    {
        Ground.namesake,
        Ground.honorary,
        Ground.distant_organisation,
        Ground.sibling_organisation,
        Ground.same_city,
        Ground.lineage,
        Ground.excluded_name,
        Ground.reviewed_before,
    }
)
