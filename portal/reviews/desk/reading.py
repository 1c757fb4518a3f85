"""A submission as its reader may see it: what the page and the API take their values from."""

from typing import Any

from portal.experts.queries import disciplines as taxonomy
from portal.kit.pages import Context
from portal.reviews.desk.guards import Entry
from portal.reviews.desk.queries import tables
from portal.reviews.rounds import policy, subjects
from portal.reviews.rounds.models import RUNNING, Phase, RoundState, SubmissionPerson, SubmissionState
from portal.reviews.rounds.policy import Names
from portal.reviews.rounds.queries import basic


def names_shown(entry: Entry) -> bool:
    """Whether the reader may know who is behind the submission."""
    return policy.applicant_names(entry.seen.standing, entry.submission.id, entry.seen.stage) is Names.full


def evidence_of(entry: Entry) -> list[dict[str, str]]:
    """The evidence frozen with it; without addresses and lines that tell who is behind it where that is hidden."""
    return subjects.shown(entry.submission.evidence, named=names_shown(entry))


def people_of(req: Context, entry: Entry) -> list[SubmissionPerson]:
    """Who is behind it, for whoever may know."""
    return basic.people(req.db, [entry.submission.id]) if names_shown(entry) else []


def facing(req: Context, entry: Entry) -> dict[str, Any]:
    """All values of the page."""
    seen, row = entry.seen, entry.submission
    mine = row.id in seen.standing.applied
    kind = subjects.of_kind(row.subject_kind) if row.subject_kind else None
    facts = kind.facts(req.db, row.subject_id) if kind and row.subject_id and names_shown(entry) else None
    names = {item.code: item.name(req.locale) for item in taxonomy.all_of(req.db)} if row.disciplines else {}
    return {
        "round": seen.round,
        "shape": seen.shape,
        "submission": row,
        "runs": entry.runs,
        "mine": mine,
        "leads": row.id in seen.standing.leads,
        "reviews": seen.standing.reviews(row.id),
        "sees_reviews": policy.sees_reviews(seen.standing, row.id, seen.stage),
        "discusses": seen.stage.reached(Phase.discussion) and Phase.discussion in seen.shape.phases(),
        "answers": mine and seen.stage.rebuttal and seen.stage.reached(Phase.rebuttal),
        "subject_url": facts.url if facts is not None else "",
        "subject_kind": kind.label if kind is not None and facts is not None else "",
        "people": people_of(req, entry),
        "names_shown": names_shown(entry),
        "exclusions": basic.exclusions(req.db, [row.id]) if entry.runs or mine else [],
        "evidence": evidence_of(entry),
        "disciplines": [names[code] for code in row.disciplines if code in names],
        "seats": tables.seats_by_submission(req.db, [row.id], every=True).get(row.id, [])
        if entry.runs
        else [],
        "outcome": seen.shape.outcome(row.outcome)
        if row.outcome and (entry.runs or seen.stage.over)
        else None,
        "draft": seen.round.state is RoundState.draft,
        "alive": seen.round.state in (RoundState.draft, *RUNNING) and row.state is SubmissionState.entered,
    }
