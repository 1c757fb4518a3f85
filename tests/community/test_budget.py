"""What the pages ask of the database does not grow with what they show."""

import pytest

from tests.community.conftest import Square
from tests.guards.test_budget import counted
from tests.support.browser import Client

LIMIT = 12


def statements(client: Client, path: str) -> int:
    assert client.get(path).status_code == 200
    with counted() as seen:
        assert client.get(path).status_code == 200
    return len(seen)


@pytest.mark.parametrize("signed_in", [False, True], ids=["nobody", "member"])
def test_pages_keep_their_budget(client: Client, square: Square, signed_in: bool) -> None:
    topic = square.topic(square.ann)
    if signed_in:
        client.sign_in(square.bob)
    paths = [
        square.page, f"{square.page}/discussions", f"{square.page}/discussions/{topic.number}", f"{square.page}/access",
        f"{square.page}/downloads", f"{square.page}/discussions/{topic.number}/posts/1/history",
    ]  # fmt: skip
    few = {path: statements(client, path) for path in paths}
    for n in range(8):
        square.reply(square.publisher, topic, f"第 {n} 条 @{square.bob.namespace.slug}")
    many = {path: statements(client, path) for path in paths}
    assert max(many.values()) <= LIMIT, many
    assert {path: max(few[path], many[path]) for path in paths} == few, (few, many)
