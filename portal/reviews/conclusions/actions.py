"""The verbs of the conclusion: setting outcomes, and sending letters."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from portal.accounts import queries as accounts
from portal.accounts.actions.people import tell_by_mail
from portal.accounts.models import AccountState
from portal.audit.actions import record
from portal.kit.actor import SYSTEM, Actor
from portal.kit.clock import now
from portal.kit.db import Session
from portal.kit.errors import Conflict, Invalid
from portal.kit.i18n import N_, _
from portal.notices.actions import tell
from portal.reviews.conclusions import letters, policy, queries
from portal.reviews.conclusions.models import Conclusion, Letter
from portal.reviews.conclusions.policy import Suggestion
from portal.reviews.estimates.results import Group
from portal.reviews.panels import queries as panels
from portal.reviews.rounds.actions.common import move_submission, run_by
from portal.reviews.rounds.models import Phase, Round, RoundState, Submission, SubmissionState
from portal.reviews.rounds.policy import Standing
from portal.reviews.rounds.queries import basic
from portal.reviews.rounds.shape import Shape, digest_of
from portal.reviews.rounds.standing import shape_of
from portal.reviews.scores import queries as scores
from portal.reviews.scores.results import Result
from portal.settings import get_settings

JOB = "conclusions.send_letters"
SUBJECT = N_("Result of the review")
BODY = N_("%(letter)s\n\nReviews, scores and the way to appeal:\n%(url)s\n")
RESULT = N_("The result of the review of “%(title)s” is there.")
BY_PANEL = N_("The panel has decided so after its discussion.")
SURELY_IN = N_("The reviews place it clearly among those to be taken.")
SURELY_OUT = N_("The reviews place it clearly below those to be taken.")


@dataclass(frozen=True)
class Given:
    """An outcome for the submission of a number."""

    outcome: str
    reason: str


def suggestions(
    db: Session, round_: Round, shape: Shape, standing: Standing
) -> tuple[Mapping[uuid.UUID, Suggestion], Mapping[uuid.UUID, Group | None]]:
    """What is suggested for the submissions the actor runs, and their groups.

    Groups are computed from all submissions together: whoever must not see one of them gets what panels decided alone.
    """
    rows = [one for one in basic.submissions(db, round_.id) if one.state is not SubmissionState.withdrawn]
    mine = [one for one in rows if standing.runs(one.id)]
    groups: dict[int, Group | None] = {}
    if len(mine) == len(rows) and (run := scores.done(db, round_.id)) is not None:
        groups = {row.number: row.standing for row in Result.model_validate(run.result).rows}
    voted = panels.decided(db, round_.id)
    return (
        {one.id: policy.suggestion(shape, groups.get(one.number), voted.get(one.id, "")) for one in mine},
        {one.id: groups.get(one.number) for one in mine},
    )


def proposed_reason(shape: Shape, suggested: Suggestion) -> str:
    """The reason that goes with a suggestion, in the language of the request; empty without one."""
    outcome = shape.outcome(suggested.outcome)
    if outcome is None:
        return ""
    if suggested.basis == "panel":
        return _(BY_PANEL)
    return _(SURELY_IN) if outcome.kind == "in" else _(SURELY_OUT)


def decide(
    db: Session, actor: Actor, *, round_id: uuid.UUID, given: Mapping[int, Given]
) -> Sequence[Submission]:
    """Set outcomes, all or none. ``Invalid`` names what is wrong as ``outcome-<number>`` or ``reason-<number>``.

    In the last phase of the round; after the conclusion only for a submission whose decision was opened again.
    """
    round_, standing = run_by(db, actor, round_id)
    over = round_.state is RoundState.concluded
    if not over and (round_.state is not RoundState.closed or round_.phase is not Phase.conclusion):
        raise Conflict(
            _("Outcomes are set in the last phase of a round."),
            hint=_("The secretariat moves the round on to it."),
        )
    shape = shape_of(round_)
    suggested, _groups = suggestions(db, round_, shape, standing)
    rows = {one.number: one for one in basic.submissions(db, round_id, lock=True) if one.id in suggested}
    if over and any(number in rows and rows[number].state is SubmissionState.decided for number in given):
        raise Conflict(_("The round is concluded; only a decision that was opened again is made anew."))
    wrong = {}
    for number, one in given.items():
        entry = rows.get(number)
        if entry is None or shape.outcome(one.outcome) is None:
            wrong[f"outcome-{number}"] = _("Please choose one of the offered values.")
            continue
        least = policy.least_reason(one.outcome, suggested[entry.id])
        if len(one.reason.strip()) < least:
            wrong[f"reason-{number}"] = _(
                "No. %(number)s: a reason of at least %(n)s characters is needed.", number=number, n=least
            )
        elif len(one.reason) > 5000:
            wrong[f"reason-{number}"] = _("No. %(number)s: at most 5,000 characters.", number=number)
    if wrong:
        raise Invalid(_("Please correct the marked fields."), fields=wrong)
    for number, one in given.items():
        _set(db, actor, rows[number], one, suggested[rows[number].id])
    return [rows[number] for number in given]


def _set(db: Session, actor: Actor, entry: Submission, given: Given, suggested: Suggestion) -> None:
    """One outcome, on a locked submission; also in the place of another one while the round is not concluded."""
    entry.outcome, entry.outcome_reason, entry.decided_at = given.outcome, given.reason.strip(), now()
    if entry.state is SubmissionState.entered:
        move_submission(db, actor, entry, SubmissionState.decided, "secretariat")
    entry.touch()
    db.add(entry)
    kept = queries.conclusions(db, [entry.id]).get(entry.id) or Conclusion(submission_id=entry.id)
    kept.basis, kept.suggested, kept.set_by = suggested.basis, suggested.outcome, actor.id
    kept.deviates = bool(suggested.outcome) and given.outcome != suggested.outcome
    kept.touch()
    db.add(kept)
    db.flush()
    record(
        db, actor, verb="review_submission.outcome", object=entry, reason=entry.outcome_reason,
        outcome=given.outcome, suggested=suggested.outcome, basis=suggested.basis.value, deviates=kept.deviates,
    )  # fmt: skip


def take_over(db: Session, actor: Actor, *, round_id: uuid.UUID, basis: str) -> int:
    """Set the suggested outcome of every submission without one that has a suggestion of this basis; how many."""
    round_, standing = run_by(db, actor, round_id)
    shape = shape_of(round_)
    suggested, _groups = suggestions(db, round_, shape, standing)
    given = {
        one.number: Given(suggested[one.id].outcome, proposed_reason(shape, suggested[one.id]))
        for one in basic.submissions(db, round_id)
        if one.id in suggested
        and one.state is SubmissionState.entered
        and suggested[one.id].outcome
        and suggested[one.id].basis.value == basis
    }
    decide(db, actor, round_id=round_id, given=given)
    return len(given)


def send_letters(db: Session) -> int:
    """Write and mail the letters of concluded rounds that were not yet; how many."""
    keys = queries.unsent(db)
    for key in keys:
        entry = basic.submission(db, key, lock=True)
        round_ = basic.one(db, entry.round_id) if entry is not None else None
        if entry is not None and round_ is not None:
            _send(db, round_, entry)
    return len(keys)


def _send(db: Session, round_: Round, entry: Submission) -> None:
    outcome = shape_of(round_).outcome(entry.outcome)
    newest = queries.letter(db, entry.id)
    if outcome is None or entry.decided_at is None or (newest and newest.decided_at == entry.decided_at):
        return
    leads = [one for one in basic.people(db, [entry.id]) if one.lead]
    name = "、".join(one.name for one in leads if one.name)
    texts = {locale: letters.compose(round_, entry, outcome, name, locale) for locale in ("zh_Hans", "en")}
    made = Letter(
        round_id=round_.id, submission_id=entry.id, decided_at=entry.decided_at, outcome=outcome.key,
        text_zh=texts["zh_Hans"], text_en=texts["en"], digest=digest_of(texts),
    )  # fmt: skip
    db.add(made)
    db.flush()
    record(db, SYSTEM, verb="review_letter.sent", object=made, submission=str(entry.id), digest=made.digest)
    url = f"/rounds/{round_.id}/submissions/{entry.number}/letter"
    for one in leads:
        account = accounts.by_id(db, one.account_id)
        if account is None or account.state is AccountState.closed:
            continue
        tell(db, account.id, message=RESULT, url=url, title=entry.title)
        tell_by_mail(
            db,
            account,
            SUBJECT,
            BODY,
            letter=made.text(account.locale),
            url=f"{get_settings().site_url}{url}",
        )
