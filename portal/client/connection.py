"""HTTP with a portal: retries where repeating is harmless, problems in words, never a token to another host."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any, TypeVar

import httpx

from portal.client.credentials import Login
from portal.client.errors import Problem, RefusedError, UnreachableError
from portal.kit.i18n import LANG, _, get_locale

TRIES = 5
MAX_HOPS = 3
FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 30.0
BUSY = {502, 503, 504}
HARMLESS = {"GET", "HEAD", "PUT", "DELETE"}
NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout)
T = TypeVar("T")


class Connection:
    """One portal, as one person (or nobody)."""

    def __init__(self, login: Login, *, on_wait: Callable[[str], None] | None = None) -> None:
        self.login = login
        self._on_wait = on_wait or (lambda _words: None)
        headers = {"User-Agent": "cspon-client", "Accept-Language": LANG[get_locale()]}
        if login.token:
            headers["Authorization"] = f"Bearer {login.token}"
        timeout = httpx.Timeout(60.0, connect=10.0)
        self._http = httpx.Client(
            base_url=login.url, headers=headers, timeout=timeout, follow_redirects=False
        )

    def __enter__(self) -> "Connection":
        return self

    def __exit__(self, *_exc: object) -> None:
        self._http.close()

    def json(self, method: str, path: str, *, repeatable: bool = False, **extra: Any) -> Any:
        """The answer's JSON (None for an empty one). ``repeatable``: sending a POST twice does no harm."""
        return self.repeat(lambda: self._once(method, path, **extra), repeatable or method in HARMLESS)

    def _once(self, method: str, path: str, **extra: Any) -> Any:
        content = extra.get("content")
        for _hop in range(MAX_HOPS):
            # A body that can be read anew is, for every try and every hop.
            sent = {**extra, "content": content()} if callable(content) else extra
            response = self._http.request(method, path, **sent)
            onward = moved_to(response)
            if onward is None:
                break
            path, extra = onward, {key: value for key, value in extra.items() if key != "params"}
        return checked(response)

    @contextmanager
    def stream(
        self, path: str, *, headers: Mapping[str, str] = MappingProxyType({})
    ) -> Iterator[httpx.Response]:
        """A GET whose body is read piece by piece; a refusal is raised at once. Not repeated: the caller resumes.

        Where the portal points to its file store (307) the body comes from there: asked without the token, and once.
        """
        with self._http.stream("GET", path, headers=headers) as response:
            if response.status_code != 307:
                if response.status_code >= 300:
                    response.read()
                    checked(response)
                yield response
                return
            url = response.headers.get("location", "")
        self._check_elsewhere(url)
        # The file is named by its content, so what has arrived of it fits whatever tag the store knows it by.
        asked = {key: value for key, value in headers.items() if key != "If-Range"}
        asked["User-Agent"] = "cspon-client"
        with httpx.stream("GET", url, headers=asked, timeout=self._http.timeout) as response:
            if response.status_code >= 300:
                raise self._elsewhere(response)
            yield response

    def put_elsewhere(self, url: str, size: int, content: Callable[[], Iterable[bytes]]) -> None:
        """PUT to an address the portal has signed, of another host: without the token, and following nothing."""

        def attempt() -> None:
            headers = {"Content-Length": str(size), "User-Agent": "cspon-client"}
            answer = httpx.put(url, content=content(), headers=headers, timeout=self._http.timeout)
            if answer.status_code >= 300:
                raise self._elsewhere(answer)

        self._check_elsewhere(url)
        self.repeat(attempt)

    @staticmethod
    def _check_elsewhere(url: str) -> None:
        if not url.startswith(("https://", "http://")):
            raise RefusedError(_("%(url)s does not speak like a portal.", url=url), "", Problem("address"))

    @staticmethod
    def _elsewhere(answer: httpx.Response) -> RefusedError:
        said = _(
            "The file store of the portal answered %(status)s at %(host)s.",
            status=answer.status_code,
            host=answer.request.url.host,
        )
        return RefusedError(said, _("Run the same command again."), Problem(said, status=answer.status_code))

    def repeat(self, attempt: Callable[[], T], harmless: bool = True) -> T:
        """Call until it succeeds, is refused, or has failed too often; waits longer every time."""
        for number in range(1, TRIES + 1):
            try:
                return attempt()
            except RefusedError as refused:
                if number == TRIES or not _passes(refused):
                    raise
                wait = refused.problem.retry_after if refused.problem else None
            except httpx.TransportError as error:
                if number == TRIES or not (harmless or isinstance(error, NEVER_SENT)):
                    raise self._unreachable(error) from error
                wait = None
            pause = wait if wait is not None else FIRST_WAIT_S * 2 ** (number - 1)
            self._on_wait(_("The portal does not answer; trying again in %(s)s s.", s=f"{pause:g}"))
            time.sleep(pause)
        raise AssertionError("unreachable")

    def _unreachable(self, error: Exception) -> UnreachableError:
        return UnreachableError(
            _(
                "%(url)s does not answer (%(why)s).",
                url=self.login.url,
                why=str(error) or type(error).__name__,
            ),
            _(
                "Check the address and your network, then run the same command again: it goes on where it stopped."
            ),
        )


def moved_to(response: httpx.Response) -> str | None:
    """The new address on the same portal, where something moved for good; another host is never followed."""
    onward = str(response.headers.get("location", ""))
    if (
        response.status_code not in {301, 308}
        or not onward.startswith("/")
        or onward.startswith(("//", "/\\"))
    ):
        return None
    return onward


def _passes(refused: RefusedError) -> bool:
    """Whether it may be over soon. A quota (429 without a short wait) is no traffic jam but the final answer."""
    wait = refused.problem.retry_after if refused.problem else None
    if refused.status == 429:
        return wait is not None and wait <= LONGEST_WAIT_S
    return refused.status in BUSY and (wait is None or wait <= LONGEST_WAIT_S)


def checked(response: httpx.Response) -> Any:
    """The JSON of a good answer; ``RefusedError`` with the portal's own words for any other."""
    if response.status_code >= 300:
        raise refusal(response)
    if not response.content:
        return None
    try:
        return response.json()
    except ValueError as error:
        raise RefusedError(
            _("%(url)s does not speak like a portal.", url=response.request.url),
            _("Check the address you gave to `cspon login`."),
            Problem("not JSON", status=response.status_code),
        ) from error


def refusal(response: httpx.Response) -> RefusedError:
    """What the portal said, and what one can do about it."""
    try:
        said = response.json()
    except ValueError:
        said = {}
    said = said if isinstance(said, dict) else {}
    fields, after = said.get("fields"), response.headers.get("retry-after", "")
    problem = Problem(
        title=str(said.get("title") or _("The portal answered %(status)s.", status=response.status_code)),
        detail=str(said.get("detail") or ""),
        status=response.status_code,
        code=str(said.get("code") or ""),
        fields={str(k): str(v) for k, v in fields.items()} if isinstance(fields, dict) else {},
        request_id=str(said.get("request_id") or response.headers.get("x-request-id", "")),
        retry_after=float(after) if after.isdigit() else None,
    )
    return RefusedError(problem.title, problem.detail or _advice(response, problem), problem)


def _advice(response: httpx.Response, problem: Problem) -> str:
    if response.is_redirect:
        return _("The portal now lives at %(url)s; log in there.", url=response.headers.get("location", ""))
    if problem.status == 401:
        return _("Run `cspon login` again with a valid access token.")
    if problem.status == 403:
        return _(
            "Check that your token has the scope this needs, and that you may publish in this namespace."
        )
    if problem.status >= 500:
        return _(
            "This is a fault of the portal; tell its operator the request %(id)s.",
            id=problem.request_id or "-",
        )
    return ""
