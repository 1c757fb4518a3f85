"""Guards of pages of rounds: what somebody may not see is not there."""

import uuid
from dataclasses import dataclass

from portal.accounts.sessions import actor_of
from portal.kit.actor import Actor
from portal.kit.errors import Forbidden, NotFound
from portal.kit.i18n import _
from portal.kit.ids import digest_secret
from portal.kit.pages import Context
from portal.kit.routes import signed_in
from portal.reviews.rounds import policy
from portal.reviews.rounds.models import Invitation, InvitationState, RoundTemplate, Submission
from portal.reviews.rounds.queries import basic
from portal.reviews.rounds.seen import Seen, load, nothing, numbered


@dataclass(frozen=True)
class Entry:
    """A submission as its reader stands to it."""

    seen: Seen
    submission: Submission

    @property
    def runs(self) -> bool:
        """Whether the reader has the secretariat's rights over it."""
        return self.seen.standing.runs(self.submission.id)


def secretariat(req: Context) -> None:
    """The secretariat."""
    signed_in(req)
    if not policy.is_secretariat(req.actor):
        raise Forbidden(_("Only the secretariat runs rounds of review."))


def template(req: Context) -> RoundTemplate:
    """The template in the address, for the secretariat."""
    secretariat(req)
    found = basic.template(req.db, req.path["key"])
    if found is None:
        raise nothing()
    return found


def seen(req: Context) -> Seen:
    """The round in the address, for whoever may see it."""
    found = load(req, req.path_id())
    if not policy.sees_round(found.standing, public=policy.is_public(found.round)):
        raise nothing()
    return found


def run(req: Context) -> Seen:
    """The round in the address, for its secretariat."""
    signed_in(req)
    found = seen(req)
    if not found.standing.secretariat:
        raise Forbidden(_("Only the secretariat runs rounds of review."))
    return found


def run_whole(req: Context) -> Seen:
    """The round in the address, for members of its secretariat from whom nothing of it is hidden.

    Who is invited cannot be shown in part: whoever knows all experts and the seats at all other submissions would know
    who sits at the hidden ones.
    """
    found = run(req)
    if found.standing.applied or found.standing.conflicted:
        raise Forbidden(
            _("The experts of this round are hidden from you."),
            hint=_(
                "You stand behind a submission or are in conflict with one; your colleagues handle the experts."
            ),
        )
    return found


def entry(req: Context) -> Entry:
    """The submission in the address, for whoever may read it."""
    found = seen(req)
    submission = numbered(req, found)
    if not policy.sees_submission(found.standing, submission.id, found.stage):
        raise nothing()
    return Entry(found, submission)


def entry_for_member(req: Context) -> Entry:
    """The same for somebody who is signed in."""
    signed_in(req)
    return entry(req)


def entry_run(req: Context) -> Entry:
    """The submission in the address, for its secretariat: not for a member who applies or is in conflict."""
    signed_in(req)
    found = entry(req)
    if not found.runs:
        raise Forbidden(_("Only the secretariat runs rounds of review."))
    return found


def myself(req: Context) -> uuid.UUID:
    """Somebody must be signed in; gives the account."""
    signed_in(req)
    assert req.actor.id is not None  # noqa: S101 - the line above
    return req.actor.id


def invitation(req: Context) -> Invitation:
    """The own invitation in the address, once it went out."""
    key = myself(req)
    found = basic.invitation_by_id(req.db, req.path_id())
    if found is None or found.account_id != key or found.state is InvitationState.planned:
        raise nothing()
    return found


@dataclass(frozen=True)
class Mailed:
    """An invitation behind the secret of its mail, and the invited person."""

    invitation: Invitation
    actor: Actor


def mailed(req: Context) -> Mailed:
    """The invitation behind the secret in the address: whoever holds the mail may answer it, once and in time."""
    found = basic.invitation_by_digest(req.db, digest_secret(req.path["secret"]))
    actor = actor_of(req.db, found.account_id) if found is not None else None
    if found is None or found.state is not InvitationState.sent or actor is None or actor.id is None:
        raise NotFound(
            _("This link was used already, or its time is over."),
            hint=_("Sign in to see your invitations and what became of them."),
        )
    return Mailed(found, actor)
