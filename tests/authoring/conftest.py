"""An owner with an empty draft of a benchmark, and a place to try it in."""

import pytest
from sqlmodel import Session

from registry.assets.models import AssetKind
from registry.versions.models import SubmissionKind, VersionState
from tests.authoring.desk import EmptyDesk
from tests.evaluation.conftest import backend, place  # noqa: F401 - fixtures
from tests.support.browser import Client
from tests.support.make import Make


@pytest.fixture
def desk(db: Session, make: Make, client: Client) -> EmptyDesk:
    owner = make.account("基准作者")
    asset = make.asset(owner, kind=AssetKind.benchmark, title="房价", title_en="Prices", licence="MIT")
    version = make.version(
        asset, {"README.md": b"# x\n"}, state=VersionState.draft, submission=SubmissionKind.files
    )
    client.sign_in(owner)
    return EmptyDesk(
        db, client, owner, version, f"/assets/{owner.namespace.slug}/{asset.name}/versions/1.0.0"
    )
