import pytest

from portal.client.connection import TRIES, Connection
from portal.client.credentials import Login
from portal.client.errors import RefusedError, UnreachableError
from tests.client.hostile import Answer, Hostile, told

PROBLEM = {
    "title": "Please correct the marked fields.",
    "detail": "Look again.",
    "code": "invalid",
    "fields": {"number": "Use a semantic version."},
    "request_id": "abc",
}


@pytest.fixture
def connection(hostile: Hostile) -> Connection:
    return Connection(Login(hostile.url, "cspon_secret"))


def test_what_passes_is_waited_for(hostile: Hostile, connection: Connection) -> None:
    hostile.rules["/x"] = [told({}, 503), told({}, 502), told({"ok": 1})]
    assert connection.json("GET", "/x") == {"ok": 1}
    assert len(hostile.asked) == 3


def test_a_dropped_connection_is_tried_again(hostile: Hostile, connection: Connection) -> None:
    whole = told({"ok": 1})
    hostile.rules["/x"] = [Answer(200, whole.body, whole.headers, cut=3), whole]
    assert connection.json("GET", "/x") == {"ok": 1}


def test_what_may_not_be_repeated_is_not(hostile: Hostile, connection: Connection) -> None:
    whole = told({"ok": 1})
    hostile.rules["/x"] = [Answer(200, whole.body, whole.headers, cut=3), whole]
    with pytest.raises(UnreachableError):
        connection.json("POST", "/x", json={})
    assert len(hostile.asked) == 1


def test_it_gives_up_with_words(hostile: Hostile, connection: Connection) -> None:
    hostile.rules["/x"] = [told({"title": "Down"}, 503)]
    with pytest.raises(RefusedError, match="Down"):
        connection.json("GET", "/x")
    assert len(hostile.asked) == TRIES


def test_nobody_there_is_said(hostile: Hostile) -> None:
    with Connection(Login("http://127.0.0.1:9", "")) as nobody, pytest.raises(UnreachableError) as refused:
        nobody.json("GET", "/x")
    assert "http://127.0.0.1:9" in refused.value.message
    assert refused.value.hint


def test_a_problem_is_kept_whole(hostile: Hostile, connection: Connection) -> None:
    hostile.rules["/x"] = [told(PROBLEM, 422)]
    with pytest.raises(RefusedError) as refused:
        connection.json("POST", "/x", json={})
    assert refused.value.problem is not None
    assert refused.value.problem.fields == PROBLEM["fields"]
    assert (refused.value.message, refused.value.hint, refused.value.status) == (
        PROBLEM["title"],
        PROBLEM["detail"],
        422,
    )
    assert len(hostile.asked) == 1


def test_a_quota_is_no_traffic_jam(hostile: Hostile, connection: Connection) -> None:
    hostile.rules["/x"] = [told({"title": "Quota used"}, 429)]
    with pytest.raises(RefusedError):
        connection.json("GET", "/x")
    assert len(hostile.asked) == 1
    hostile.rules["/y"] = [told({}, 429, **{"Retry-After": "0"}), told({"ok": 1})]
    assert connection.json("GET", "/y") == {"ok": 1}


@pytest.mark.parametrize(
    "answer",
    [
        Answer(200, b"<html>"),
        Answer(500, b"oops"),
        Answer(404, b"[1]"),
        told({"fields": [1], "title": None}, 400),
    ],
)
def test_nonsense_is_refused_in_words(hostile: Hostile, connection: Connection, answer: Answer) -> None:
    hostile.rules["/x"] = [answer]
    with pytest.raises(RefusedError) as refused:
        connection.json("GET", "/x")
    assert refused.value.message


def test_the_token_goes_to_no_other_host(hostile: Hostile, connection: Connection) -> None:
    with Hostile() as other:
        hostile.rules["/x"] = [Answer(302, b"", {"Location": f"{other.url}/steal"})]
        with pytest.raises(RefusedError) as refused:
            connection.json("GET", "/x")
        assert other.url in refused.value.hint
        assert other.asked == []
    assert hostile.asked[0].headers["authorization"] == "Bearer cspon_secret"


def test_a_body_is_made_anew_for_every_try(hostile: Hostile, connection: Connection) -> None:
    hostile.rules["/x"] = [told({}, 503), told({"ok": 1})]
    made: list[int] = []

    def body() -> list[bytes]:
        made.append(1)
        return [b"abc", b"def"]

    connection.json("PUT", "/x", headers={"Content-Length": "6"}, content=lambda: iter(body()))
    assert [asked.body for asked in hostile.asked] == [b"abcdef", b"abcdef"]
    assert len(made) == 2


def test_a_refused_stream_is_a_refusal(hostile: Hostile, connection: Connection) -> None:
    hostile.rules["/x"] = [told({"title": "No"}, 403)]
    with pytest.raises(RefusedError, match="No"), connection.stream("/x"):
        raise AssertionError("unreachable")
