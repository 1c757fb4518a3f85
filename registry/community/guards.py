"""Guards of discussions and reports: absent and invisible are the same 404."""

from dataclasses import dataclass
from typing import Any

from portal.kit.errors import Forbidden, NotFound
from portal.kit.i18n import _
from portal.kit.pages import Context
from portal.kit.routes import signed_in
from registry.assets.guards import readable_asset
from registry.community import policy
from registry.community.models import Discussion, DiscussionState, Post
from registry.community.queries import discussions, reports


@dataclass(frozen=True)
class Topic:
    """A topic and its asset."""

    asset: Any
    discussion: Discussion

    @property
    def url(self) -> str:
        """The topic's page."""
        return f"/assets/{self.asset.namespace}/{self.asset.name}/discussions/{self.discussion.number}"


@dataclass(frozen=True)
class Said:
    """A post and its topic."""

    topic: Topic
    post: Post

    @property
    def url(self) -> str:
        """The post's permanent address."""
        return f"{self.topic.url}/posts/{self.post.number}"


def _nothing() -> NotFound:
    return NotFound(_("There is nothing at this address."))


def _number(req: Context, name: str) -> int:
    text = req.path[name]
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise _nothing()
    return int(text)


def member(req: Context) -> Any:
    """The asset in the address, for somebody who is signed in."""
    signed_in(req)
    return readable_asset(req)


def topic(req: Context) -> Topic:
    """The topic in the address; a removed one is for the secretariat alone."""
    asset = readable_asset(req)
    found = discussions.one(req.db, asset.id, _number(req, "number"))
    if found is None or (found.state is DiscussionState.removed and not policy.can_moderate(req.actor)):
        raise _nothing()
    return Topic(asset, found)


def topic_for_member(req: Context) -> Topic:
    """The topic in the address, for somebody who is signed in."""
    signed_in(req)
    return topic(req)


def said(req: Context) -> Said:
    """The post in the address."""
    found = topic(req)
    post = discussions.post(req.db, found.discussion.id, _number(req, "post"))
    if post is None:
        raise _nothing()
    return Said(found, post)


def said_for_member(req: Context) -> Said:
    """The post in the address, for somebody who is signed in."""
    signed_in(req)
    return said(req)


def decider(req: Context) -> None:
    """Whoever decides about reports."""
    signed_in(req)
    if not policy.can_decide_reports(req.actor):
        raise Forbidden(_("Only the secretariat and security administrators decide about reports."))


def report(req: Context) -> Any:
    """The report in the address: for whoever made it, and for those who decide."""
    signed_in(req)
    found = reports.one(req.db, req.path_id())
    if found is None or not (policy.can_decide_reports(req.actor) or found.account_id == req.actor.id):
        raise _nothing()
    return found
