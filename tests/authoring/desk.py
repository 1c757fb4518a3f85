"""What an author does in the browser, by plain forms."""

from dataclasses import dataclass
from typing import Any

import httpx
import yaml
from sqlmodel import Session

from registry.benchmarks.reading import stored_bytes
from registry.versions.models import Version
from registry.versions.queries import file_at
from tests.evaluation.tiny import RUNTIME
from tests.support.browser import Client
from tests.support.make import Person

TEXTS = {
    "title.zh": "房价",
    "title.en": "Prices",
    "text.zh": "# 任务\n\n估价。",
    "text.en": "# Task\n\nEstimate.",
}
SUBMISSIONS = {
    "accepts": ["predictions", "program"],
    "runtime": RUNTIME,
    "predictions.files": "predictions.csv",
}
LIMITS = {"limits.time_s": "60", "limits.memory_mb": "512", "quota.per_day": "3", "quota.total": "30"}
ROWS = "".join(f"i{n},{n % 3}.5,b{n % 4}\n" for n in range(20))
LABELS = f"id,price,block\n{ROWS}".encode()
TEMPLATE = {"template": "rmse", "also": ["mae"], "labels": "labels/labels.csv", "id": "id", "value": "price"}


@dataclass
class EmptyDesk:
    """An owner, signed in, and a draft."""

    db: Session
    client: Client
    owner: Person
    version: Version
    url: str

    def get(self, step: str = "") -> httpx.Response:
        """A page of the flow."""
        return self.client.get(f"{self.url}/author{'/' + step if step else ''}")

    def save(self, step: str, values: dict[str, Any]) -> httpx.Response:
        """Send a form."""
        return self.client.post(f"{self.url}/author/{step}", data=values)

    def upload(self, folder: str, name: str, data: bytes, then: str = "author/data") -> httpx.Response:
        """Send a file by the form of a step."""
        return self.client.post(
            f"{self.url}/upload", data={"folder": folder, "then": then}, files={"files": (name, data)}
        )

    def manifest(self) -> dict[str, Any]:
        """What ``benchmark.yaml`` says now."""
        found: dict[str, Any] = yaml.safe_load(self.text("benchmark.yaml"))
        return found

    def text(self, path: str) -> str:
        """A file of the draft."""
        self.db.expire_all()
        row = file_at(self.db, self.version.id, path, hidden=True)
        assert row is not None, path
        return stored_bytes(row.sha256, 1 << 20).decode()

    def fill(self, **template: Any) -> None:
        """All steps, as an author would take them."""
        assert self.save("texts", TEXTS).status_code == 303
        assert self.save("submissions", {**SUBMISSIONS, "scorer.runtime": RUNTIME}).status_code == 303
        inputs = b"id,rooms\n" + b"".join(b"i%d,%d\n" % (n, n % 5 + 1) for n in range(20))
        assert self.upload("inputs", "items.csv", inputs).headers["location"] == f"{self.url}/author/data"
        assert self.upload("labels", "labels.csv", LABELS).status_code == 303
        assert self.save("limits", LIMITS).status_code == 303
        assert self.save("scorer", {"scorer.runtime": RUNTIME}).status_code == 303
        answer = self.save("scorer/template", {**TEMPLATE, **template})
        assert answer.status_code == 303, answer.text[:3000]
