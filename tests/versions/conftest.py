"""A publisher with an asset and a draft."""

from dataclasses import dataclass

import pytest

from registry.assets.models import Asset, AssetKind
from tests.support.browser import Client
from tests.support.make import Make, Person


@dataclass
class Draft:
    """An empty draft 1.0.0 of a publisher who is signed in."""

    client: Client
    make: Make
    owner: Person
    asset: Asset

    @property
    def page(self) -> str:
        return f"/assets/{self.owner.namespace.slug}/{self.asset.name}/versions/1.0.0"

    @property
    def api(self) -> str:
        return "/api/v1" + self.page

    def put(self, path: str, content: bytes) -> int:
        return self.client.put(f"{self.api}/files/{path}", content=content).status_code

    def state(self) -> str:
        return str(self.client.get(self.api).json()["state"])

    def paths(self) -> list[str]:
        return [item["path"] for item in self.client.get(self.api).json()["files"]]


def begin(
    client: Client, make: Make, kind: AssetKind = AssetKind.algorithm, submission: str = "files"
) -> Draft:
    """Sign a new publisher in and make a draft through the API."""
    owner = make.account("发布者")
    asset = make.asset(owner, kind=kind)
    client.sign_in(owner)
    draft = Draft(client, make, owner, asset)
    made = client.post(draft.api.rpartition("/")[0], json={"number": "1.0.0", "submission": submission})
    assert made.status_code == 201, made.text
    return draft


@pytest.fixture
def draft(client: Client, make: Make) -> Draft:
    return begin(client, make)
