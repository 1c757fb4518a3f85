"""One family of refusals. Whoever raises one need not know whether a page, a fragment or JSON will be shown."""

from collections.abc import Mapping


class Refusal(Exception):  # noqa: N818 - a refusal is an answer, not a fault of the program
    """The program says no: ``message`` what happened, ``hint`` what to do, in the user's language."""

    status = 400
    code = "refused"

    def __init__(
        self, message: str, *, hint: str | None = None, fields: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.fields = dict(fields or {})
        self.headers: dict[str, str] = {}
        self.way_out: str | None = None
        """A path of this site where what is missing can be done; the page of the refusal links to it."""


class SignInNeeded(Refusal):
    """Nobody is signed in and the page needs somebody."""

    status = 401
    code = "sign-in-needed"


class Forbidden(Refusal):
    """The actor may see the thing but not do this to it."""

    status = 403
    code = "forbidden"


class SecondFactorNeeded(Forbidden):
    """The account may, but this session must be proved by a second factor first; ``/second-factor`` leads there."""

    code = "second-factor-needed"


class ConfirmationNeeded(Forbidden):
    """Something sensitive, and too long ago that the person proved to be there; ``/confirm`` asks again."""

    code = "confirmation-needed"


class NotFound(Refusal):
    """Absent or invisible: deliberately the same answer."""

    status = 404
    code = "not-found"


class Conflict(Refusal):
    """The thing is not in a state that allows this, or somebody else was first."""

    status = 409
    code = "conflict"


class TooLarge(Refusal):
    """More bytes or items than the limit; the message names the limit."""

    status = 413
    code = "too-large"


class WrongType(Refusal):
    """The body is of a kind this operation does not take; the message names the one it takes."""

    status = 415
    code = "wrong-type"


class Invalid(Refusal):
    """The input does not hold; ``fields`` maps the name of an input to what is wrong with it."""

    status = 422
    code = "invalid"


class Clash(Invalid):
    """The input holds by itself, but not with what is stored: a name that is taken, a member there is none of."""

    status = 409
    code = "conflict"


class TooMany(Refusal):
    """Too often or above a quota; the message says when to try again."""

    status = 429
    code = "too-many"


class Unavailable(Refusal):
    """A part the portal stands on does not answer just now; trying again later will help."""

    status = 503
    code = "unavailable"

    def __init__(
        self, message: str, *, hint: str | None = None, fields: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message, hint=hint, fields=fields)
        self.headers = {"Retry-After": "10"}
