"""Pages of single posts: their permanent address, changing, hiding, history."""

from fastapi.responses import Response

from portal.kit.errors import Invalid, NotFound, Refusal, TooMany
from portal.kit.forms import Parsed, parse
from portal.kit.i18n import _
from portal.kit.markdown import markdown
from portal.kit.pages import Context, Req
from portal.kit.paging import pack
from portal.kit.routes import Doors
from registry.community import policy
from registry.community.actions import posts
from registry.community.forms import PostInput
from registry.community.guards import said, said_for_member
from registry.community.queries import discussions as queries
from registry.community.views.reactions import here, outcome
from registry.versions.forms import ReasonInput

router = Doors()
ONE = "/assets/{ns}/{name}/discussions/{number}/posts/{post}"


@router.page(ONE, guard=said)
def permalink(req: Req) -> Response:
    """To the page of the topic that begins with this post (the first page for the first twenty)."""
    found = req.subject
    number = found.post.number
    onward = found.topic.url
    if number > 20:
        onward += f"?after={pack([number - 1])}"
    return req.redirect(f"{onward}#p-{number}")


@router.page(ONE + "/history", guard=said)
def history(req: Req) -> Response:
    """What a post said before."""
    found = req.subject
    if not policy.can_read_text(req.actor, found.post.state):
        raise NotFound(_("There is nothing at this address."))
    return req.page(
        "community/history.html",
        asset=found.topic.asset,
        topic=found.topic.discussion,
        topic_url=found.topic.url,
        here_url=found.url,
        post=found.post,
        now_html=markdown(found.post.text),
        edits=[(edit, markdown(edit.text)) for edit in queries.edits_of(req.db, found.post.id)],
        asset_url=here(found.topic.asset),
    )


@router.page(ONE + "/edit", guard=said_for_member)
def edit_page(req: Req) -> Response:
    """The form with what is there, for its author."""
    if req.subject.post.account_id != req.actor.id:
        raise NotFound(_("There is nothing at this address."))
    return _form(req, Parsed(values={"text": req.subject.post.text}))


def _form(req: Context, parsed: Parsed[PostInput], refusal: Refusal | None = None) -> Response:
    found = req.subject
    return req.page(
        "community/edit.html",
        **outcome(parsed, refusal),
        asset=found.topic.asset,
        asset_url=here(found.topic.asset),
        topic=found.topic.discussion,
        topic_url=found.topic.url,
        here_url=found.url,
        values=parsed.values,
    )


@router.act(ONE + "/edit", guard=said_for_member)
def edit(req: Req) -> Response:
    """Save the new text."""
    parsed = parse(PostInput, req.form)
    if parsed.model is None:
        return _form(req, parsed)
    try:
        posts.edit(req.db, req.actor, post_id=req.subject.post.id, text=parsed.model.text)
    except TooMany as refusal:
        return _form(req, parsed, refusal)
    return req.redirect(req.subject.url, flash=_("Saved."))


@router.act(ONE + "/delete", guard=said_for_member)
def delete(req: Req) -> Response:
    """Delete the own post."""
    posts.delete(req.db, req.actor, post_id=req.subject.post.id)
    return req.redirect(req.subject.url, flash=_("Your post is not shown any more."))


@router.act(ONE + "/hide", guard=said_for_member)
def hide(req: Req) -> Response:
    """Hide somebody's post."""
    posts.hide(req.db, req.actor, post_id=req.subject.post.id, reason=_reason(req))
    return req.redirect(req.subject.url, flash=_("The post is hidden."))


@router.act(ONE + "/show", guard=said_for_member)
def show(req: Req) -> Response:
    """Show a hidden post again."""
    posts.show(req.db, req.actor, post_id=req.subject.post.id, reason=_reason(req))
    return req.redirect(req.subject.url, flash=_("The post is shown again."))


def _reason(req: Context) -> str:
    parsed = parse(ReasonInput, req.form)
    if parsed.model is None:
        raise Invalid(_("Please give a reason that others can understand."), fields=parsed.errors)
    return parsed.model.reason
