"""The demo's concluded review round of what is to be promoted, by the same actions people use."""

from portal.demo import rounds
from portal.demo.people import actor
from portal.demo.promotions_cast import CASES, ROUND_EXPERTS, ROUND_SUMMARY, ROUND_TITLE, ROUND_TITLE_EN
from portal.kit.actor import Actor
from portal.kit.db import Session, transaction
from portal.kit.errors import Refusal
from portal.reviews.rounds.actions import drafting, invitations, lifecycle, submissions
from portal.reviews.rounds.actions.common import move_submission
from portal.reviews.rounds.forms import AnswerForm, NewRoundForm, SubjectForm
from portal.reviews.rounds.models import Round, Submission, SubmissionState
from portal.reviews.rounds.queries import basic, running
from portal.reviews.rounds.standing import shape_of
from registry import subjects
from registry.promotion.models import Stage

OUTCOME_REASON = "评审意见总体肯定，均分达标，无否决意见，建议进入试点。（虚构）"


def ensure_round(addresses: dict[str, str]) -> bool:
    """Review what is to come further than its qualification, all in one round and one transaction; whether it was made.

    ``addresses``: ``namespace/name`` -> the version, where it is published. Without the templates of rounds, or without
    experts who are free, there is no such round, and the promotions stay where they are.
    """
    wanted = [addresses[key] for case in CASES if case.until is not Stage.nominated
              and (key := f"{case.namespace}/{case.name}") in addresses]  # fmt: skip
    try:
        with transaction() as db:
            if not wanted or not any(each.key == "mail-review" for each in basic.templates(db, every=True)):
                return False
            _through(db, actor(db, "secretary"), wanted)
    except Refusal:
        return False
    return True


def _through(db: Session, secretary: Actor, wanted: list[str]) -> None:
    given = NewRoundForm(
        title_zh=ROUND_TITLE,
        title_en=ROUND_TITLE_EN,
        summary_zh=ROUND_SUMMARY,
        public=True,
        template="mail-review",
    )
    made = drafting.create(db, secretary, given=given)
    rounds.mark(db, made)
    for place, address in enumerate(wanted):
        subject = SubjectForm(kind=subjects.KIND, address=address)
        entry = submissions.enter_subject(db, secretary, round_id=made.id, given=subject)
        _seats(db, secretary, made, entry, place)
    lifecycle.begin_inviting(db, secretary, round_id=made.id)
    for expert, invitation in rounds.sent(db, made.id):
        invitations.answer(
            db, expert, invitation_id=invitation.id, given=AnswerForm(accept=True, pledge=True)
        )
    db.flush()
    lifecycle.open_reviews(db, secretary, round_id=made.id)
    db.flush()
    rounds.review(db, made.id, share=1)
    db.flush()
    lifecycle.close_reviews(db, secretary, round_id=made.id)
    db.flush()
    rounds.score(db, made.id)
    for row in basic.submissions(db, made.id, lock=True):
        row.outcome, row.outcome_reason = "accepted", OUTCOME_REASON
        move_submission(db, secretary, row, SubmissionState.decided, "secretariat")
    db.flush()
    if not running.undecided(db, made.id):
        lifecycle.conclude(db, secretary, round_id=made.id)


def _seats(db: Session, secretary: Actor, round_: Round, entry: Submission, place: int) -> None:
    """As many experts without conflict as the round asks for, another first for every entry."""
    given, wanted = 0, shape_of(round_).staffing.reviews
    order = ROUND_EXPERTS[place:] + ROUND_EXPERTS[:place]
    for login in order:
        if given < wanted and rounds.give(db, secretary, entry, login):
            given += 1
