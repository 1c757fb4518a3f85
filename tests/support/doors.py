"""Requests with a person's access token, as programs send them."""

from typing import Any

from httpx import Response

from portal.accounts.actions import create_token
from portal.accounts.models import Scope
from portal.accounts.sessions import actor_of
from portal.kit.db import transaction
from tests.support.browser import Client
from tests.support.make import Person


def bearer(person: Person, *scopes: Scope) -> dict[str, str]:
    """Headers with a new token of these scopes; without any, of ``write``."""
    with transaction() as db:
        _row, secret = create_token(
            db, actor_of(db, person.id), name="t", scopes=scopes or (Scope.write,), days=7
        )
    return {"Authorization": f"Bearer {secret}"}


class Door:
    """Requests with a person's token, or with none."""

    def __init__(self, client: Client, who: Person | None, *scopes: Scope) -> None:
        self.client, self.headers = client, {"Accept": "application/json"}
        if who is not None:
            self.headers |= bearer(who, *scopes)

    def get(self, path: str) -> Response:
        return self.client.get(f"/api/v1{path}", headers=self.headers)

    def post(self, path: str, body: Any) -> Response:
        return self.client.post(f"/api/v1{path}", json=body, headers=self.headers)
