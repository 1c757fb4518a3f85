"""Pages of topics."""

from typing import Any

from fastapi.responses import Response

from portal.kit.errors import Invalid, NotFound, Refusal, TooMany
from portal.kit.forms import Parsed, parse
from portal.kit.i18n import _, label
from portal.kit.markdown import markdown
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors
from registry.assets.guards import readable_asset
from registry.community import policy
from registry.community.actions import discussions, posts
from registry.community.forms import PostInput, TopicInput
from registry.community.guards import Topic, member, topic, topic_for_member
from registry.community.mentions import linked
from registry.community.models import DiscussionState, PostState
from registry.community.queries import discussions as queries
from registry.community.views.reactions import here, outcome
from registry.versions.forms import ReasonInput

router = Doors()
BASE = "/assets/{ns}/{name}/discussions"
ONE = BASE + "/{number}"


@router.page(BASE, guard=readable_asset)
def topics(req: Req) -> Response:
    """The topics of an asset: open ones, or closed ones."""
    state = DiscussionState.closed if req.query.get("state") == "closed" else DiscussionState.open
    page = queries.page_of(
        req.db, req.subject.id, state, after=req.query.get("after"), before=req.query.get("before")
    )
    return req.page(
        "community/topics.html",
        asset=req.subject,
        here_url=here(req.subject),
        rows=page,
        tabs=[
            (label(item), req.url_with(state=item.value, after=None, before=None), item is state)
            for item in (DiscussionState.open, DiscussionState.closed)
        ],
        prev_url=req.url_with(before=page.before, after=None) if page.before else None,
        next_url=req.url_with(after=page.after, before=None) if page.after else None,
    )


@router.page(BASE + "/new", guard=member)
def new(req: Req) -> Response:
    """The empty form."""
    return _form(req, Parsed(values={}))


def _form(req: Context, parsed: Parsed[TopicInput], refusal: Refusal | None = None) -> Response:
    return req.page(
        "community/new.html",
        **outcome(parsed, refusal),
        asset=req.subject,
        here_url=here(req.subject),
        values=parsed.values,
    )


@router.act(BASE + "/new", guard=member)
def create(req: Req) -> Response:
    """Begin a topic."""
    parsed = parse(TopicInput, req.form)
    if parsed.model is None:
        return _form(req, parsed)
    try:
        made = discussions.open_topic(req.db, req.actor, asset_id=req.subject.id, given=parsed.model)
    except TooMany as refusal:
        return _form(req, parsed, refusal)
    return req.redirect(here(req.subject, "discussions", str(made.number)), flash=_("Your topic is open."))


@router.page(ONE, guard=topic)
def page(req: Req) -> Response:
    """One topic with its posts."""
    return show(req, req.subject)


def shown(req: Context, row: Any) -> dict[str, Any]:
    """A post as this reader sees it: its text as safe HTML, or why it is not shown."""
    readable = policy.can_read_text(req.actor, row.state)
    return {
        "row": row,
        "html": markdown(linked(row.text, row.mentions)) if readable else None,
        "is_shown": row.state is PostState.shown,
        "mine": policy.can_change_post(
            req.actor, row.account_id, row.state, locked=req.subject.discussion.locked
        ),
    }


def show(
    req: Context,
    found: Topic,
    *,
    errors: dict[str, str] | None = None,
    typed: str = "",
    refusal: Refusal | None = None,
) -> Response:
    """The topic's page, with what was just refused on top."""
    this, asset = found.discussion, found.asset
    page = queries.posts_of(req.db, this.id, after=req.query.get("after"), before=req.query.get("before"))
    return req.page(
        "community/topic.html",
        status=refusal.status if refusal else 422 if errors else 200,
        asset=asset,
        topic=this,
        here_url=found.url,
        asset_url=here(asset),
        posts=[shown(req, row) for row in page],
        may_reply=policy.can_reply(req.actor, asset.namespace_id, this.state, locked=this.locked),
        may_steer=policy.can_steer(req.actor, asset.namespace_id),
        may_close=not req.actor.is_anonymous
        and (
            policy.can_steer(req.actor, asset.namespace_id)
            or (req.actor.id == this.created_by and not this.locked)
        ),
        may_moderate=policy.can_moderate(req.actor),
        typed=typed,
        errors=errors or {},
        refusal=refusal,
        prev_url=req.url_with(before=page.before, after=None) if page.before else None,
        next_url=req.url_with(after=page.after, before=None) if page.after else None,
    )


@router.act(ONE, guard=topic_for_member)
def reply(req: Req) -> Response:
    """Write in the topic."""
    found = req.subject
    parsed = parse(PostInput, req.form)
    typed = str(req.form.get("text", ""))
    if parsed.model is None:
        return show(req, found, errors=parsed.errors, typed=typed)
    try:
        made = posts.reply(req.db, req.actor, discussion_id=found.discussion.id, text=parsed.model.text)
    except Refusal as refusal:
        return show(req, found, typed=typed, refusal=refusal)
    return req.redirect(f"{found.url}/posts/{made.number}")


@router.act(ONE + "/{verb}", guard=topic_for_member)
def steer(req: Req) -> Response:
    """Close, reopen, pin, unpin, lock, unlock; or (secretariat) remove."""
    found, verb = req.subject, req.path["verb"]
    key = found.discussion.id
    if verb in discussions.MOVES:
        discussions.move(req.db, req.actor, discussion_id=key, verb=verb)
    elif verb in discussions.MARKS:
        discussions.mark(req.db, req.actor, discussion_id=key, verb=verb)
    elif verb == "remove":
        parsed = parse(ReasonInput, req.form)
        if parsed.model is None:
            raise Invalid(_("Please give a reason that others can understand."), fields=parsed.errors)
        discussions.remove(req.db, req.actor, discussion_id=key, reason=parsed.model.reason)
        return req.redirect(here(found.asset, "discussions"), flash=_("The topic was removed."))
    else:
        raise NotFound(_("There is nothing at this address."))
    return req.redirect(found.url, flash=_("Saved."))
