"""Every door somebody without a right to names can knock at.

All GET routes of ``portal.reviews`` are found from the router, so that a new page cannot be forgotten: a parameter that
is not in ``FILL`` fails the test until it is said what stands for it. Doors of other parts that could tell who reviews
are listed in ``ELSEWHERE``; a part adds its own there.
"""

import inspect
import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from fastapi import FastAPI
from starlette.routing import Route

from portal.kit.routes import leaves

if TYPE_CHECKING:
    from tests.reviews.anonymity.worlds import Town

PARAMETER = re.compile(r"\{(\w+)(?::\w+)?\}")
STREAMS = {"/rounds/{id}/panel/{session}/events", "/rounds/{id}/staffing/{run}/events"}
"""Never-ending answers, which are not asked; they carry no more than their page."""
Fill = Callable[["Town"], Sequence[str]]
NOBODY = "019cfd6e-3f42-7c55-8d0a-2f6f5d1c9a10"
FILL: dict[str, Fill] = {
    "number": lambda town: [str(one.number) for one in town.fixed.submissions],
    "letter": lambda _town: ["A", "B"],
    "message": lambda _town: ["1"],
    "session": lambda town: [str(town.session)],
    "verb": lambda _town: ["withdraw"],
    "key": lambda _town: ["panel-review"],
    "secret": lambda _town: ["no-secret-of-any-mail"],
    **dict.fromkeys(("invitation", "row", "note", "run", "report"), lambda _town: [NOBODY]),
}
"""What stands for a parameter, whatever the address."""
IDS: dict[str, Fill] = {
    "/rounds/": lambda town: [str(town.fixed.round.id)],
    "/api/v1/rounds/": lambda town: [str(town.fixed.round.id)],
}
"""What stands for ``{id}``, by the beginning of the address; elsewhere an id that nothing has."""
ELSEWHERE: list[Callable[["Town"], Sequence[str]]] = [
    lambda town: [
        "/", "/experts", "/experts.csv", "/api/v1/experts", "/notices", "/organisations", "/advice",
        *(f"/search?q={quote(person.account.name)}" for person in town.pool[:2]),
        *(f"/experts?q={quote(person.account.name)}" for person in town.pool[:1]),
        *(f"/experts/{person.namespace.slug}" for person in town.pool[:2]),
        *(f"/people/{person.namespace.slug}" for person in town.pool[:2]),
    ],
    lambda town: [f"/rounds/{town.fixed.round.id}?q={quote(town.pool[0].account.name)}", "/rounds?q=x"],
]  # fmt: skip


def routes(app: FastAPI) -> Iterator[Route]:
    """The routes of all parts of reviews."""
    for route in leaves(app.routes):
        module = str(getattr(getattr(route, "endpoint", None), "__module__", ""))
        if isinstance(route, Route) and module.startswith("portal.reviews."):
            yield route


def streams(route: Route) -> bool:
    """Whether the route answers bit by bit."""
    return inspect.iscoroutinefunction(route.endpoint)


def addresses(route: Route, town: "Town") -> Iterator[str]:
    """The route's addresses in a world."""
    names = PARAMETER.findall(route.path)
    values = [_values(route.path, name, town) for name in names]
    for chosen in itertools.product(*values):
        parts: Iterator[Any] = iter(chosen)
        yield PARAMETER.sub(lambda _match, parts=parts: str(next(parts)), route.path)  # type: ignore[misc]


def _values(path: str, name: str, town: "Town") -> Sequence[str]:
    if name == "id":
        found = next((fill for start, fill in IDS.items() if path.startswith(start)), None)
        return found(town) if found is not None else [NOBODY]
    assert name in FILL, f"{path}: say in {__name__} what stands for {{{name}}}"
    return FILL[name](town)


def readable(app: FastAPI, town: "Town") -> list[str]:
    """All addresses that are read."""
    found = [
        address
        for route in routes(app)
        if "GET" in (route.methods or ()) and not streams(route)
        for address in addresses(route, town)
    ]
    return sorted(set(found)) + [address for more in ELSEWHERE for address in more(town)]


def writable(app: FastAPI, town: "Town") -> list[tuple[str, str]]:
    """All addresses that change something, with their method."""
    return sorted(
        {
            (method, address)
            for route in routes(app)
            for method in (route.methods or set()) & {"POST", "PUT", "PATCH", "DELETE"}
            for address in addresses(route, town)
        }
    )
