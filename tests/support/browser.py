"""A browser without JavaScript, for journeys by plain forms."""

from typing import Any

from starlette.testclient import TestClient

from tests.support.make import PASSWORD, Person


class Client(TestClient):
    """The real application behind an ordinary HTTP client that sends what a same-origin browser sends."""

    def __init__(self, application: Any) -> None:
        super().__init__(application, base_url="http://testserver", follow_redirects=False)
        self.headers["sec-fetch-site"] = "same-origin"
        self.headers["accept"] = "text/html"
        self.headers["accept-language"] = "zh-CN"

    def sign_in(self, person: Person, password: str = PASSWORD) -> "Client":
        """Sign in by the form; fails the test where that fails."""
        response = self.post("/sign-in", data={"email": person.account.email, "password": password})
        assert response.status_code == 303, response.text[:2000]
        return self

    def sign_out(self) -> None:
        """Sign out by the form."""
        assert self.post("/sign-out").status_code == 303

    def english(self) -> "Client":
        """Read the site in English."""
        self.headers["accept-language"] = "en"
        return self
