"""The portal's API as the client uses it: one method per address."""

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import quote

from portal.client.connection import Connection
from portal.client.errors import RefusedError
from portal.client.names import Name

API = "/api/v1"


class PortalApi:
    """Addresses and bodies; what comes back is the portal's JSON."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    @property
    def url(self) -> str:
        """The portal's address."""
        return self.connection.login.url

    def whoami(self) -> dict[str, Any]:
        """Whom the portal takes the token for."""
        return dict(self.connection.json("GET", f"{API}/whoami"))

    # -- assets and versions --------------------------------------------------------------------------------------

    def asset(self, name: Name) -> dict[str, Any] | None:
        """The asset, None where there is none (or none this person may see)."""
        return self._maybe(f"{API}/assets/{name.asset}")

    def assets(self, **query: Any) -> dict[str, Any]:
        """One page of the list of assets."""
        asked = {key: value for key, value in query.items() if value not in (None, "")}
        return dict(self.connection.json("GET", f"{API}/assets", params=asked))

    def create_asset(self, body: dict[str, Any]) -> dict[str, Any]:
        """Make an asset."""
        return dict(self.connection.json("POST", f"{API}/assets", json=body))

    def versions(self, name: Name) -> list[dict[str, Any]]:
        """The versions this person may see, highest first."""
        return list(self.connection.json("GET", f"{API}/assets/{name.asset}/versions"))

    def version(self, name: Name) -> dict[str, Any] | None:
        """One version with its files; None where there is none."""
        return self._maybe(self._version(name))

    def create_version(self, name: Name, submission: str, notes: str) -> dict[str, Any]:
        """Make a draft."""
        body = {"number": name.number, "submission": submission, "notes": notes}
        return dict(self.connection.json("POST", f"{API}/assets/{name.asset}/versions", json=body))

    def edit_version(self, name: Name, submission: str, notes: str) -> dict[str, Any]:
        """Describe a draft anew."""
        body = {"number": name.number, "submission": submission, "notes": notes}
        return dict(self.connection.json("PATCH", self._version(name), json=body, repeatable=True))

    def known(self, name: Name, files: dict[str, str]) -> set[str]:
        """Take over files (path -> SHA-256) the namespace has stored before; the paths that are in the draft now."""
        body = {"files": [{"path": path, "sha256": digest} for path, digest in files.items()]}
        answer = self.connection.json("POST", f"{self._version(name)}/files", json=body, repeatable=True)
        return set(answer["added"])

    def put_file(
        self, name: Name, path: str, size: int, content: Callable[[], Iterable[bytes]]
    ) -> dict[str, Any]:
        """Upload one file; the answer holds the digest of what arrived."""
        headers = {"Content-Type": "application/octet-stream", "Content-Length": str(size)}
        return dict(self.connection.json("PUT", self.file(name, path), headers=headers, content=content))

    def begin_upload(self, name: Name, path: str, size: int, sha256: str) -> dict[str, Any]:
        """Begin to send a file in parts, or go on: the same file again answers what is missing."""
        body = {"path": path, "size": size, "sha256": sha256}
        return dict(
            self.connection.json("POST", f"{self._version(name)}/uploads", json=body, repeatable=True)
        )

    def upload(self, name: Name, key: str) -> dict[str, Any]:
        """What of an upload has arrived."""
        return dict(self.connection.json("GET", self._upload(name, key)))

    def put_part(
        self,
        name: Name,
        key: str,
        number: int,
        headers: dict[str, str],
        content: Callable[[], Iterable[bytes]],
    ) -> None:
        """Send one part through the portal."""
        path = f"{self._upload(name, key)}/parts/{number}"
        self.connection.json("PUT", path, headers=headers, content=content)

    def part_address(self, name: Name, key: str, number: int) -> str:
        """Where to send one part past the portal."""
        path = f"{self._upload(name, key)}/parts/{number}/address"
        return str(self.connection.json("POST", path, repeatable=True)["url"])

    def report_part(self, name: Name, key: str, number: int, sha256: str) -> None:
        """Tell the portal of a part that was sent past it."""
        path = f"{self._upload(name, key)}/parts/{number}"
        self.connection.json("POST", path, json={"sha256": sha256}, repeatable=True)

    def complete_upload(self, name: Name, key: str) -> dict[str, Any]:
        """Have the file put together and added to the draft."""
        return dict(self.connection.json("POST", f"{self._upload(name, key)}/complete", repeatable=True))

    def cancel_upload(self, name: Name, key: str) -> None:
        """Throw away what has arrived."""
        self.connection.json("DELETE", self._upload(name, key))

    def _upload(self, name: Name, key: str) -> str:
        return f"{self._version(name)}/uploads/{quote(key, safe='')}"

    def remove_file(self, name: Name, path: str) -> None:
        """Take a file out of a draft."""
        self.connection.json("DELETE", self.file(name, path))

    def submit(self, name: Name) -> dict[str, Any]:
        """Freeze the draft and have it scanned."""
        return dict(self.connection.json("POST", f"{self._version(name)}/submit"))

    def dry_run(self, name: Name) -> dict[str, Any] | None:
        """The newest dry run of a benchmark's version; None where there was none."""
        return self._maybe(f"{self._version(name)}/dry-run")

    def start_dry_run(self, name: Name) -> dict[str, Any]:
        """Start one; the same files again give the one under way."""
        return dict(self.connection.json("POST", f"{self._version(name)}/dry-run", repeatable=True))

    def scan(self, name: Name) -> dict[str, Any] | None:
        """What the scan found."""
        return self._maybe(f"{self._version(name)}/findings")

    def file(self, name: Name, path: str) -> str:
        """The address of a file of a version."""
        return f"{self._version(name)}/files/{quote(path, safe='/')}"

    def _version(self, name: Name) -> str:
        return f"{API}/assets/{name.asset}/versions/{quote(name.number, safe='')}"

    # -- evaluations ----------------------------------------------------------------------------------------------

    def evaluate(self, name: Name, benchmark: Name) -> dict[str, Any]:
        """Ask for an evaluation; the same again gives the standing one."""
        body = {"version": str(name), "benchmark": benchmark.asset}
        return dict(self.connection.json("POST", f"{API}/evaluations", json=body, repeatable=True))

    def evaluation(self, key: str) -> dict[str, Any]:
        """One evaluation with timeline, result and metrics."""
        return dict(self.connection.json("GET", f"{API}/evaluations/{quote(key, safe='')}"))

    def reproduction(self, key: str, *, labels: bool) -> str:
        """The address of a result's reproduction pack; with ``labels`` the one for the benchmark's owner."""
        name = "reproduction-confidential.zip" if labels else "reproduction.zip"
        return f"{API}/evaluations/{quote(key, safe='')}/{name}"

    def benchmark(self, name: Name) -> dict[str, Any] | None:
        """What is public of a benchmark's latest version; None where there is none."""
        return self._maybe(f"{API}/benchmarks/{name.asset}")

    def change_benchmark(self, name: Name, verb: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """``close``, ``reopen`` or ``publish-labels`` of one version of a benchmark."""
        path = f"{API}/benchmarks/{name.asset}/versions/{quote(name.number, safe='')}/{verb}"
        return dict(self.connection.json("POST", path, json=body))

    def log(self, key: str, after: int) -> dict[str, Any]:
        """The next lines of the log."""
        return dict(
            self.connection.json(
                "GET", f"{API}/evaluations/{quote(key, safe='')}/log", params={"after": after}
            )
        )

    # -- trials ---------------------------------------------------------------------------------------------------

    def trial_interface(self, name: Name) -> dict[str, Any]:
        """What a trial of a version asks for."""
        return dict(self.connection.json("GET", f"{self._version(name)}/trials/interface"))

    def start_trial(self, name: Name, body: dict[str, Any]) -> dict[str, Any]:
        """Ask for a trial. Not repeated by itself: each one counts."""
        return dict(self.connection.json("POST", f"{self._version(name)}/trials", json=body))

    def trial(self, key: str) -> dict[str, Any]:
        """State and outputs of one's own trial."""
        return dict(self.connection.json("GET", f"{API}/trials/{quote(key, safe='')}"))

    def cancel_trial(self, key: str) -> None:
        """End a trial that is not over."""
        self.connection.json("DELETE", f"{API}/trials/{quote(key, safe='')}")

    # -- promotions -----------------------------------------------------------------------------------------------

    def promotions(self, **query: Any) -> dict[str, Any]:
        """One page of the list of promotions."""
        asked = {key: value for key, value in query.items() if value not in (None, "")}
        return dict(self.connection.json("GET", f"{API}/promotions", params=asked))

    def promotion(self, key: str) -> dict[str, Any]:
        """One promotion with its gates and log."""
        return dict(self.connection.json("GET", f"{API}/promotions/{quote(key, safe='')}"))

    def sites(self, key: str) -> list[dict[str, Any]]:
        """All pilot sites of a promotion that this person may see."""
        found: list[dict[str, Any]] = []
        query: dict[str, Any] = {}
        while True:
            path = f"{API}/promotions/{quote(key, safe='')}/sites"
            page = self.connection.json("GET", path, params=query)
            found += page["items"]
            if not page["after"]:
                return found
            query = {"after": page["after"]}

    def site(self, key: str, site: str) -> dict[str, Any]:
        """One pilot site, with the indicators its reports are asked for."""
        path = f"{API}/promotions/{quote(key, safe='')}/sites/{quote(site, safe='')}"
        return dict(self.connection.json("GET", path))

    def pilots(self, **query: Any) -> dict[str, Any]:
        """One page of the pilot sites of one's own organisations."""
        asked = {key: value for key, value in query.items() if value not in (None, "")}
        return dict(self.connection.json("GET", f"{API}/me/pilots", params=asked))

    def report_pilot(self, key: str, site: str, body: dict[str, Any]) -> dict[str, Any]:
        """Report a period. Not repeated by itself: each one stands."""
        path = f"{API}/promotions/{quote(key, safe='')}/sites/{quote(site, safe='')}/reports"
        return dict(self.connection.json("POST", path, json=body))

    def _maybe(self, path: str) -> dict[str, Any] | None:
        try:
            return dict(self.connection.json("GET", path))
        except RefusedError as refused:
            if refused.status == 404:
                return None
            raise
