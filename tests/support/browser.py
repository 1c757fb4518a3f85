"""A browser without JavaScript, for journeys by plain forms."""

from typing import Any

from sqlalchemy import update
from sqlmodel import col
from starlette.testclient import TestClient

from portal.accounts.models import BrowserSession
from portal.kit.clock import now
from portal.kit.db import engine
from tests.support.make import PASSWORD, Person


def prove_sessions(account_id: Any) -> None:
    """Let the sessions of an account count as proved by a second factor; the ceremonies have tests of their own."""
    with engine().begin() as connection:
        connection.execute(
            update(BrowserSession)
            .where(col(BrowserSession.account_id) == account_id)
            .values(second_factor_at=now(), confirmed_at=now(), pending=False)
        )


class Client(TestClient):
    """The real application behind an ordinary HTTP client that sends what a same-origin browser sends."""

    def __init__(self, application: Any) -> None:
        super().__init__(application, base_url="http://testserver", follow_redirects=False)
        self.headers["sec-fetch-site"] = "same-origin"
        self.headers["accept"] = "text/html"
        self.headers["accept-language"] = "zh-CN"

    def sign_in(self, person: Person, password: str = PASSWORD, *, second_factor: bool = True) -> "Client":
        """Sign in by the form; fails the test where that fails. The session counts as proved unless asked otherwise."""
        response = self.post("/sign-in", data={"email": person.account.email, "password": password})
        assert response.status_code == 303, response.text[:2000]
        if second_factor:
            prove_sessions(person.id)
        return self

    def sign_out(self) -> None:
        """Sign out by the form."""
        assert self.post("/sign-out").status_code == 303

    def english(self) -> "Client":
        """Read the site in English."""
        self.headers["accept-language"] = "en"
        return self
