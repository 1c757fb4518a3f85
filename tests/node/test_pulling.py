"""Fetching over HTTP from a server in the shape of the portal's: by the same checks, whatever the server does."""

import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from cspon_node import pulling
from cspon_node.formats import Withdrawal, manifest_json
from portal.kit.signing import canonical
from tests.node.world import World, packed

TOKEN = "node-token"


def etag_of(data: bytes) -> str:
    return f'"{hashlib.sha256(data).hexdigest()}"'


class Mirror:
    """Serves a world's bundles and metadata; ``behave`` may answer in its place."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.bundles: dict[str, tuple[Path, dict[str, Any]]] = {}
        self.asked: list[tuple[str, str | None, str | None]] = []
        self.sent: list[Any] = []
        self.refusal = ""
        self.behave: Callable[[BaseHTTPRequestHandler], bool] = lambda _request: False
        outer = self

        class Answer(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.get(self)

            def do_POST(self) -> None:
                outer.sent.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                if outer.refusal:
                    outer.answer(self, json.dumps({"code": outer.refusal, "title": "No"}).encode(), 409)
                else:
                    outer.answer(self, json.dumps({"new": 1, "known": 0}).encode())

            def log_message(self, *_words: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def offer(self, name: str, **given: Any) -> dict[str, Any]:
        seen = []
        parts = self.world.parts(change=lambda made: seen.append(made) or made, **given)
        path = packed(self.world.folder / f"{name}.zip", parts)
        made = seen[0]
        row = {
            "id": name, "channel": made.channel, "namespace": made.subject.namespace, "name": made.subject.name,
            "version": made.subject.version, "digest": made.subject.digest, "sequence": made.sequence,
            "manifest": hashlib.sha256(canonical(manifest_json(made))).hexdigest(),
            "size": path.stat().st_size, "newest": True,
        }  # fmt: skip
        self.bundles[name] = (path, row)
        return row

    def get(self, request: BaseHTTPRequestHandler) -> None:
        self.asked.append((request.path, request.headers["Authorization"], request.headers["Range"]))
        if self.behave(request):
            return
        if request.headers["Authorization"] != f"Bearer {TOKEN}":
            self.answer(request, b'{"title": "No token", "detail": "Give the node\'s token."}', 401)
            return
        name = request.path.rpartition("/")[2]
        if request.path.endswith("/index"):
            rows = [row for _path, row in self.bundles.values()]
            self.answer(request, json.dumps({"node": "x", "bundles": rows, "withdrawn": []}).encode())
        elif "/bundles/" in request.path:
            self._bundle(request, self.bundles[name][0].read_bytes())
        elif request.path.endswith("/withdrawn"):
            self.answer(request, self.world.withdrawn)
        else:
            try:
                self.answer(request, self.world.repository.read(name))
            except FileNotFoundError:
                self.answer(request, b"{}", 404)

    def _bundle(self, request: BaseHTTPRequestHandler, data: bytes) -> None:
        asked, etag = request.headers["Range"], etag_of(data)
        if request.headers["If-Range"] not in (None, etag):
            asked = None
        begin = int(asked.removeprefix("bytes=").partition("-")[0]) if asked else 0
        self.answer(request, data[begin:], 206 if asked else 200, etag)

    @staticmethod
    def answer(request: BaseHTTPRequestHandler, data: bytes, code: int = 200, etag: str = "") -> None:
        request.send_response(code)
        if etag:
            request.send_header("ETag", etag)
        request.send_header("Content-Length", str(len(data)))
        request.end_headers()
        request.wfile.write(data)


@pytest.fixture
def mirror(world: World) -> Iterator[Mirror]:
    made = Mirror(world)
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def pull(made, mirror, tmp_path):
    token = tmp_path / "token"
    token.write_text(TOKEN + "\n")
    token.chmod(0o600)

    def run(*words: object, command: str = "pull") -> Any:
        place = ("--portal", mirror.url) if command == "pull" else ("--send", mirror.url)
        return made(command, *place, "--token-file", token, *words)

    return run


def test_what_is_offered_is_fetched_checked_and_installed(mirror, pull, made):
    mirror.offer("one", version="1.0.0")
    code, said = pull("--install")
    assert (code, [each["version"] for each in said["bundles"]]) == (0, ["wang/landcover@1.0.0"])
    assert [each["version"] for each in made("list")[1]] == ["wang/landcover@1.0.0"]
    assert pull("--install") == (0, {"bundles": []})
    mirror.offer("two", version="1.1.0")
    mirror.bundles["one"][1]["newest"] = False
    assert pull("--channel", "pilot") == (0, {"bundles": []})
    code, said = pull()
    assert Path(said["bundles"][0]["file"]).exists()
    assert made("list")[1][0]["newer"] == ["1.1.0"]
    assert all(token == f"Bearer {TOKEN}" for _path, token, _range in mirror.asked)


def test_what_was_withdrawn_is_learned_without_a_bundle(mirror, pull, made, world):
    mirror.offer("one", version="1.0.0")
    assert pull("--install")[0] == 0
    mirror.bundles.clear()
    world.notices(Withdrawal("wang", "landcover", "1.0.0", "0" * 64, "suspended", "2026-11-27T08:00:00Z"))
    assert pull()[0] == 0
    code, said = made("list")
    assert (code, said[0]["withdrawn"]["why"]) == (7, "suspended")


def test_keys_rotated_meanwhile_are_walked(mirror, pull, made, world):
    from tests.node.world import role, signers

    mirror.offer("one", version="1.0.0")
    assert pull("--install")[0] == 0
    new = signers(3)
    assert world.repository.rotate("root", role(new, 2), [*world.all(), *new], world.at)
    world.root = new
    assert pull()[0] == 0
    mirror.offer("two", version="1.1.0")
    assert pull("--install")[0] == 0


def test_a_download_that_broke_off_goes_on(mirror, pull, tmp_path):
    row = mirror.offer("one")

    def cut(request: BaseHTTPRequestHandler) -> bool:
        if "/bundles/" not in request.path:
            return False
        data = mirror.bundles["one"][0].read_bytes()
        request.send_response(200)
        request.send_header("ETag", etag_of(data))
        request.send_header("Content-Length", str(len(data)))
        request.end_headers()
        request.wfile.write(data[:5000])
        request.close_connection = True
        return True

    mirror.behave = cut
    code, said = pull()
    assert (code, said["code"]) == (9, "portal")
    mirror.behave = lambda _request: False
    assert pull()[0] == 0
    assert [asked for path, _token, asked in mirror.asked if "/bundles/" in path] == [None, "bytes=5000-"]
    assert row["size"] > 5000


def test_what_was_begun_of_other_bytes_is_fetched_again(mirror, pull):
    """The portal sends a bundle under the metadata of the moment: signed anew in between, it is another file."""
    mirror.offer("one")
    data = mirror.bundles["one"][0].read_bytes()

    def cut(request: BaseHTTPRequestHandler) -> bool:
        if "/bundles/" not in request.path:
            return False
        request.send_response(200)
        request.send_header("ETag", etag_of(b"before"))
        request.send_header("Content-Length", str(len(data)))
        request.end_headers()
        request.wfile.write(bytes(5000))
        request.close_connection = True
        return True

    mirror.behave = cut
    assert pull()[0] == 9
    mirror.behave = lambda _request: False
    assert pull()[0] == 0


def test_a_portal_that_sends_something_else(mirror, pull, made, tmp_path):
    mirror.offer("one")
    path, row = mirror.bundles["one"]
    data = bytearray(path.read_bytes())
    data[data.index(b"import json")] ^= 1
    path.write_bytes(data)
    code, said = pull("--install")
    assert (code, said["code"]) == (5, "changed")
    assert made("list") == (0, [])
    assert not list((tmp_path / "home/inbox").iterdir())
    row["size"] = 1 << 60
    assert pull()[1]["code"] == "no-room"


def test_an_endless_answer_is_cut(mirror, pull):
    def endless(request: BaseHTTPRequestHandler) -> bool:
        request.send_response(200)
        request.end_headers()
        try:
            while True:
                request.wfile.write(bytes(1 << 20))
        except OSError:
            return True

    mirror.behave = endless
    code, said = pull()
    assert (code, said["code"]) == (9, "portal")


def test_a_longer_bundle_than_was_said_is_not_written(mirror, pull, tmp_path, monkeypatch):
    monkeypatch.setattr(pulling, "MARGIN", 0)
    mirror.offer("one")
    mirror.bundles["one"][1]["size"] = 2000
    code, _said = pull()
    assert code in (3, 9)
    assert all(each.stat().st_size <= 2000 for each in (tmp_path / "home/inbox").iterdir())


def test_the_token_is_not_carried_elsewhere(mirror, pull):
    def away(request: BaseHTTPRequestHandler) -> bool:
        request.send_response(302)
        request.send_header("Location", mirror.url + "/stolen")
        request.send_header("Content-Length", "0")
        request.end_headers()
        return True

    mirror.behave = away
    code, said = pull()
    assert (code, said["code"]) == (9, "portal")
    assert not any(path == "/stolen" for path, _token, _range in mirror.asked)


@pytest.mark.parametrize("name", ["../../evil", "a/b", "", "a" * 65, 7, None])
def test_ids_that_are_paths(mirror, pull, tmp_path, name):
    mirror.offer("one")
    mirror.bundles["one"][1]["id"] = name
    assert pull()[1]["code"] == "portal"
    assert not list(tmp_path.rglob("evil*"))


def test_a_token_for_all_to_read_and_one_that_is_wrong(mirror, made, tmp_path):
    token = tmp_path / "token"
    token.write_text("wrong")
    token.chmod(0o644)
    assert made("pull", "--portal", mirror.url, "--token-file", token)[1]["code"] == "unsafe-home"
    token.chmod(0o600)
    code, said = made("pull", "--portal", mirror.url, "--token-file", token)
    assert (code, said["code"]) == (9, "portal-refused")
    assert "Give the node's token." in said["message"]


def test_receipts_are_handed_in(mirror, pull):
    mirror.offer("one")
    assert pull("--install")[0] == 0
    code, said = pull(command="receipt")
    assert (code, said["sent"]) == (0, 1)
    assert mirror.sent[0]["format"] == "cspon-receipts/1"
    assert pull(command="receipt") == (0, {"sent": 0}), "what the portal has is not sent again"
    mirror.offer("two", version="1.1.0")
    assert pull("--install")[0] == 0
    assert pull(command="receipt") == (0, {"sent": 1})
    assert pull("--from", "1", command="receipt") == (0, {"sent": 2})


def test_an_answer_that_was_lost_on_the_way_does_no_harm(mirror, pull):
    mirror.offer("one")
    assert pull("--install")[0] == 0
    mirror.refusal = "receipt-replayed"
    assert pull(command="receipt") == (0, {"sent": 1})
    mirror.refusal = "receipt-chain"
    code, said = pull("--from", "1", command="receipt")
    assert (code, said["code"]) == (9, "portal-refused")


@pytest.mark.parametrize("token", ["a b", "a\nb", "密", "a\x00b"])
def test_what_could_be_no_token(mirror, made, tmp_path, token):
    path = tmp_path / "token"
    path.write_text(token)
    path.chmod(0o600)
    assert made("pull", "--portal", mirror.url, "--token-file", path)[1]["code"] == "input"


@pytest.mark.parametrize(
    "url", ["http://[", "https://", "file:///etc/passwd", "https://user:pw@portal.example", "portal"]
)
def test_what_is_no_address(made, url):
    assert made("pull", "--portal", url)[1]["code"] == "portal"
