"""Topics and posts: who may, who is told, what is kept, what is sanitised."""

import pytest
from sqlmodel import Session, select

from portal.audit.models import AuditEvent
from portal.kit.db import transaction
from portal.kit.errors import Conflict, Forbidden, TooMany
from registry.assets.models import Asset
from registry.community import mentions
from registry.community.actions import discussions, posts
from registry.community.models import Discussion, DiscussionState, Post, PostEdit, PostState
from tests.community.conftest import Square
from tests.support.browser import Client


def test_the_whole_way_by_forms(client: Client, square: Square, db: Session) -> None:
    client.sign_in(square.ann)
    assert client.post(f"{square.page}/discussions/new", data={"title": "问", "text": ""}).status_code == 422
    made = client.post(
        f"{square.page}/discussions/new", data={"title": "关于坐标系", "text": "**什么**坐标系？"}
    )
    where = made.headers["location"]
    assert where.endswith("/discussions/1")
    assert square.told(square.publisher) == square.told(square.owner) == [posts.REPLIED]
    client.sign_out()
    client.sign_in(square.publisher)
    answer = client.post(where, data={"text": "CGCS2000。"})
    assert answer.headers["location"] == f"{where}/posts/2"
    assert client.get(answer.headers["location"]).headers["location"] == f"{where}#p-2"
    assert client.post(f"{where}/close").status_code == 303
    assert square.told(square.ann) == [posts.REPLIED]
    client.sign_out()
    page = client.get(where).text
    assert "<strong>什么</strong>" in page
    assert "CGCS2000" in page
    assert "讨论 · 1" in client.get(square.page).text
    assert "关于坐标系" not in client.get(f"{square.page}/discussions").text
    assert "关于坐标系" in client.get(f"{square.page}/discussions?state=closed").text
    client.sign_in(square.bob)
    refused = client.post(where, data={"text": "我也想问"})
    assert refused.status_code == 409
    assert "我也想问" in refused.text, "what was typed is kept"
    topic = db.exec(select(Discussion)).one()
    assert (topic.posts, topic.state) == (2, DiscussionState.closed)


HOSTILE = [
    "<script>alert(1)</script>",
    '<img src=x onerror="alert(1)">',
    "[x](javascript:alert(1))",
    "![x](https://elsewhere.example/pixel.png)",
    '<form action="/sign-out"><button hx-post="/x">',
    "@user1<script>alert(1)</script>",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_text(client: Client, square: Square, text: str) -> None:
    topic = square.topic(square.ann, text=text)
    page = client.get(f"{square.page}/discussions/{topic.number}").text
    main = page[page.index("<article") : page.index("</article>")]
    for forbidden in (
        "<script",
        "<img src=x",
        'href="javascript',
        'elsewhere.example/pixel.png"',
        "<form",
        "<button",
    ):
        assert forbidden not in main


def test_mentions_tell_people_once_and_link(client: Client, square: Square) -> None:
    name = square.bob.namespace.slug
    text = f"@{name} 请看，@{name} 再看；`@{square.owner.namespace.slug}`、a@{name}.example 不算，@nobody-here 也不算。"
    topic = square.topic(square.ann, text=text)
    assert square.told(square.bob) == [posts.MENTIONED]
    page = client.get(f"{square.page}/discussions/{topic.number}").text
    assert f'href="/people/{name}"' in page
    assert page.count(f">@{name}</a>") == 2
    assert "/people/nobody-here" not in page
    square.reply(square.bob, topic)
    assert square.told(square.bob) == [posts.MENTIONED], "nobody is told of what the person wrote"


def test_mentions_tell_only_who_may_see(square: Square, db: Session) -> None:
    """A draft asset is discussed by its publishers; whoever cannot see it hears nothing of it."""
    draft = square.make.asset(square.owner, namespace=square.unit.namespace)
    given = discussions.TopicInput(
        title="内部讨论", text=f"@{square.bob.namespace.slug} @{square.publisher.namespace.slug}"
    )
    with transaction() as session:
        discussions.open_topic(session, square.actor(square.owner), asset_id=draft.id, given=given)
    assert square.told(square.bob) == []
    assert square.told(square.publisher) == [posts.MENTIONED]


def test_what_mentions_are() -> None:
    assert mentions.named("@ab, @cd-e @ab x@yz.com `@no` ```\n@no2\n``` @a") == ["ab", "cd-e"]
    assert len(mentions.named(" ".join(f"@user{n}" for n in range(30)))) == mentions.MOST
    assert mentions.linked("@ab `@ab`", ["ab"]) == "[@ab](/people/ab) `@ab`"
    assert mentions.linked("@abc", ["ab"]) == "@abc"


def test_editing_keeps_what_was_said(client: Client, square: Square, db: Session) -> None:
    topic = square.topic(square.ann, text="旧的说法")
    base = f"{square.page}/discussions/{topic.number}/posts/1"
    client.sign_in(square.bob)
    assert client.get(f"{base}/edit").status_code == 404
    assert client.post(f"{base}/edit", data={"text": "篡改"}).status_code == 403
    client.sign_out()
    client.sign_in(square.ann)
    assert "旧的说法" in client.get(f"{base}/edit").text
    assert client.post(f"{base}/edit", data={"text": ""}).status_code == 422
    changed = f"新的说法 @{square.bob.namespace.slug}"
    assert client.post(f"{base}/edit", data={"text": changed}).status_code == 303
    assert square.told(square.bob) == [posts.MENTIONED]
    client.sign_out()
    page = client.get(f"{square.page}/discussions/{topic.number}").text
    assert "新的说法" in page
    assert "旧的说法" not in page
    assert "旧的说法" in client.get(f"{base}/history").text
    assert [row.text for row in db.exec(select(PostEdit))] == ["旧的说法"]


def test_deleting_is_soft_and_hiding_has_a_reason(client: Client, square: Square, db: Session) -> None:
    topic = square.topic(square.ann, text="第一条")
    square.reply(square.bob, topic, "联系电话请见某处")
    base = f"{square.page}/discussions/{topic.number}"
    client.sign_in(square.ann)
    assert client.post(f"{base}/posts/2/delete").status_code == 403
    assert client.post(f"{base}/posts/2/hide", data={"reason": "个人信息"}).status_code == 403
    assert client.post(f"{base}/posts/1/delete").status_code == 303
    client.sign_out()
    client.sign_in(square.staff["secretariat"])
    assert client.post(f"{base}/posts/2/hide", data={"reason": ""}).status_code == 422
    assert client.post(f"{base}/posts/2/hide", data={"reason": "含有个人信息"}).status_code == 303
    assert "联系电话" in client.get(base).text, "the secretariat reads what it has hidden"
    client.sign_out()
    page = client.get(base).text
    assert "第一条" not in page
    assert "联系电话" not in page
    assert "含有个人信息" in page
    assert client.get(f"{base}/posts/2/history").status_code == 404
    assert client.get(f"/api/v1{base}").json()["items"][1]["text"] == ""
    assert square.told(square.bob)[-1] == posts.HIDDEN
    assert {post.state for post in db.exec(select(Post))} == {PostState.deleted, PostState.hidden}
    assert {post.text for post in db.exec(select(Post))} == {"第一条", "联系电话请见某处"}, (
        "the trace is kept"
    )
    verbs = {event.verb for event in db.exec(select(AuditEvent)).all()}
    assert {"post.written", "post.deleted", "post.hidden"} <= verbs
    client.sign_in(square.staff["secretariat"])
    assert client.post(f"{base}/posts/2/show", data={"reason": "核实后恢复"}).status_code == 303
    assert client.post(f"{base}/posts/1/show", data={"reason": "不能恢复"}).status_code == 409


@pytest.mark.parametrize("verb", ["pin", "unpin", "lock", "unlock", "close"])
def test_who_steers(client: Client, square: Square, verb: str) -> None:
    topic = square.topic(square.ann)
    base = f"{square.page}/discussions/{topic.number}"
    assert client.post(f"{base}/{verb}").status_code == 401
    client.sign_in(square.bob)
    assert client.post(f"{base}/{verb}").status_code == 403
    client.sign_out()
    client.sign_in(square.publisher)
    assert client.post(f"{base}/{verb}").status_code == 303
    assert client.post(f"{base}/bless").status_code == 404


def test_a_locked_topic(square: Square) -> None:
    topic = square.topic(square.ann)
    with transaction() as db:
        discussions.mark(db, square.actor(square.publisher), discussion_id=topic.id, verb="lock")
    with pytest.raises(Conflict):
        square.reply(square.bob, topic)
    square.reply(square.publisher, topic)
    square.reply(square.staff["secretariat"], topic)
    author = square.actor(square.ann)
    with pytest.raises(Forbidden), transaction() as db:
        discussions.move(db, author, discussion_id=topic.id, verb="close")


def test_authors_close_and_reopen_their_own(square: Square) -> None:
    topic = square.topic(square.ann)
    for verb, state in (("close", DiscussionState.closed), ("reopen", DiscussionState.open)):
        with transaction() as db:
            moved = discussions.move(db, square.actor(square.ann), discussion_id=topic.id, verb=verb)
        assert moved.state is state


def test_a_removed_topic_is_absent(client: Client, square: Square, db: Session) -> None:
    topic = square.topic(square.ann)
    base = f"{square.page}/discussions/{topic.number}"
    client.sign_in(square.publisher)
    assert client.post(f"{base}/remove", data={"reason": "不想要了"}).status_code == 403
    client.sign_out()
    client.sign_in(square.staff["secretariat"])
    assert client.post(f"{base}/remove", data={"reason": "广告"}).status_code == 422
    assert client.post(f"{base}/remove", data={"reason": "广告内容"}).status_code == 303
    assert client.get(base).status_code == 200
    client.sign_out()
    for address in (base, f"{base}/posts/1", f"{base}/posts/1/history", f"/api/v1{base}"):
        assert client.get(address).status_code == 404
    assert square.told(square.ann) == [discussions.REMOVED]
    asset = db.get(Asset, square.asset.id)
    assert asset is not None
    db.refresh(asset)
    assert asset.topics == 0


def test_pages_of_posts_and_permanent_addresses(client: Client, square: Square, db: Session) -> None:
    topic = square.topic(square.ann)
    for n in range(2, 46):
        db.add(Post(discussion_id=topic.id, number=n, account_id=square.bob.id, text=f"第{n}条回复"))
    db.commit()
    base = f"{square.page}/discussions/{topic.number}"
    assert "第21条回复" not in client.get(base).text
    onward = client.get(f"{base}/posts/41").headers["location"]
    page = client.get(onward.partition("#")[0]).text
    assert 'id="p-41"' in page
    assert "第45条回复" in page
    assert "第40条回复" not in page
    for odd in ("x", "-1", "99999999999", "0", "²"):
        assert client.get(f"{base}/posts/{odd}").status_code == 404
        assert client.get(f"{square.page}/discussions/{odd}").status_code == 404
    assert client.get(f"{base}?after=nonsense").status_code == 404


def test_nobody_floods(square: Square) -> None:
    for n in range(discussions.PER_AUTHOR[0].n):
        square.topic(square.ann, title=f"问题之 {n}")
    with pytest.raises(TooMany):
        square.topic(square.ann, title="还有问题")
    topic = square.topic(square.bob)
    for n in range(posts.PER_AUTHOR[0].n - 1):
        square.reply(square.bob, topic, f"补充 {n}")
    with pytest.raises(TooMany):
        square.reply(square.bob, topic, "再补充")


def test_a_flood_loses_nothing_that_was_typed(client: Client, square: Square, db: Session) -> None:
    where = f"{square.page}/discussions"
    client.sign_in(square.ann)
    for n in range(discussions.PER_AUTHOR[0].n):
        made = client.post(f"{where}/new", data={"title": f"问题之 {n}", "text": "正文"})
        assert made.status_code == 303
    refused = client.post(f"{where}/new", data={"title": "还有问题", "text": "写了很久的正文"})
    assert refused.status_code == 429
    assert "还有问题" in refused.text
    assert "写了很久的正文" in refused.text
    assert "请在" in refused.text
    left = posts.PER_AUTHOR[0].n - discussions.PER_AUTHOR[0].n
    for n in range(left):
        assert client.post(f"{where}/1", data={"text": f"补充 {n}"}).status_code == 303
    for path in (f"{where}/1", f"{where}/1/posts/1/edit"):
        refused = client.post(path, data={"text": "写了很久的补充"})
        assert refused.status_code == 429, path
        assert "写了很久的补充" in refused.text
    answer = client.post(f"/api/v1{where}/1/posts", json={"text": "补充"})
    assert (answer.status_code, answer.headers["content-type"]) == (429, "application/problem+json")
    assert int(answer.headers["retry-after"]) > 0
    assert db.exec(select(Post).where(Post.account_id == square.ann.id)).all()[-1].text == f"补充 {left - 1}"


def test_by_json(client: Client, square: Square) -> None:
    api = f"/api/v1{square.page}/discussions"
    assert client.post(api, json={"title": "标题标题", "text": "正文"}).status_code == 401
    client.sign_in(square.ann)
    assert client.post(api, json={"title": "标题标题", "text": "正文"}).json() == {"number": 1}
    assert client.post(f"{api}/1/posts", json={"text": "补充"}).json() == {"number": 2}
    assert client.patch(f"{api}/1/posts/2", json={"text": "更正"}).status_code == 200
    assert [item["text"] for item in client.get(f"{api}/1").json()["items"]] == ["正文", "更正"]
    assert client.delete(f"{api}/1/posts/2").status_code == 204
    assert client.post(f"{api}/1/pin").status_code == 403
    assert client.post(f"{api}/1/close").status_code == 204
    assert client.post(f"{api}/1/posts", json={"text": "晚了"}).status_code == 409
    assert client.get(f"{api}?state=closed").json()["items"][0]["posts"] == 2
