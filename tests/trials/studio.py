"""Versions that can be tried, and a member who tries them."""

import asyncio
import json
import uuid
from typing import Any

from sqlmodel import Session

from portal.kit.db import transaction
from registry.evaluation.run.place import Place
from registry.trials import queries
from registry.trials.models import LIVE, Trial
from registry.trials.run.trial import run_trial
from registry.versions.models import SubmissionKind, Version
from tests.evaluation.tiny import RUNTIME
from tests.previews.samples import png
from tests.support.browser import Client
from tests.support.make import Make, Person

TITLE = {"zh": "名称", "en": "Name"}
CHOICES = [{"value": each, "title": {"zh": each, "en": each.title()}} for each in ("fast", "exact")]
PLACES = b"name,lon,lat\na,116.0,39.0\nb,117.0,39.5\n"
PROGRAM = """
import csv, json, os, sys
source, target = sys.argv[1], sys.argv[2]
with open(os.environ["PARAMETERS"]) as file:
    settings = json.load(file)
assert settings == json.load(open(sys.argv[3]))
with open(source + "/places.csv") as file:
    rows = list(csv.DictReader(file))
with open(target + "/table.csv", "w") as file:
    writer = csv.writer(file)
    writer.writerow(["name", "value", "note"])
    writer.writerows([row["name"], -settings["factor"] * float(row["lon"]), "=1+1"] for row in rows)
features = [{"type": "Feature", "properties": {}, "geometry": {"type": "Point",
    "coordinates": [float(row["lon"]), float(row["lat"])]}} for row in rows]
with open(target + "/map.geojson", "w") as file:
    json.dump({"type": "FeatureCollection", "features": features}, file)
with open("picture.png", "rb") as file, open(target + "/picture.png", "wb") as out:
    out.write(file.read())
with open(target + "/summary.json", "w") as file:
    json.dump({"rows": len(rows), **settings}, file)
print("read", len(rows), "rows")
"""


def interface(**changes: Any) -> dict[str, Any]:
    """An interface of every kind of parameter and output, with changes."""
    return {
        "command": "python main.py $input $output $parameters",
        "parameters": [
            {"name": "factor", "title": TITLE, "type": "number", "min": 0, "max": 10, "default": 2.0, "unit": "m"},
            {"name": "count", "title": TITLE, "type": "whole", "min": 1, "default": 3},
            {"name": "way", "title": TITLE, "type": "choice", "choices": CHOICES, "default": "fast"},
            {"name": "loud", "title": TITLE, "type": "flag"},
            {"name": "words", "title": TITLE, "type": "text", "default": ""},
        ],
        "inputs": [
            {"name": "places", "title": TITLE, "kind": "csv", "file": "places.csv", "sample": "examples/places.csv",
             "columns": ["name", "lon", "lat"], "max_kb": 64},
        ],
        "outputs": [
            {"title": TITLE, "file": "table.csv", "kind": "table"},
            {"title": TITLE, "file": "picture.png", "kind": "picture"},
            {"title": TITLE, "file": "map.geojson", "kind": "map"},
            {"title": TITLE, "file": "summary.json", "kind": "document"},
        ],
        **changes,
    }  # fmt: skip


def described(**changes: Any) -> bytes:
    """``cspon.yaml`` of the program."""
    values = {"name": "p", "runtime": RUNTIME, "command": "python main.py $input $output"}
    return json.dumps({**values, "interface": interface(**changes)}).encode()  # JSON is YAML


class Studio:
    """A publisher, a member, and what they do."""

    def __init__(self, db: Session, make: Make) -> None:
        self.db, self.make = db, make
        self.owner = make.account("作者")
        self.member = make.account("试用者")
        self.reader = make.account("Reader", locale="en")

    def program(self, source: str = PROGRAM, *, asset: Any = None, **changes: Any) -> Version:
        """A published program that can be tried; ``changes`` are those of its interface."""
        values = {key: changes.pop(key) for key in ("state", "number", "executable_format") if key in changes}
        files = {
            "cspon.yaml": described(**changes),
            "main.py": source.encode(),
            "picture.png": png(300, 100),
            "examples/places.csv": PLACES,
        }
        return self.make.version(
            asset or self.make.asset(self.owner),
            files,
            submission=SubmissionKind.program,
            runtime=RUNTIME,
            **values,
        )

    def url(self, version: Version) -> str:
        """The page of a version."""
        from registry.assets.models import Asset

        asset = self.db.get_one(Asset, version.asset_id)
        return f"/assets/{self.owner.namespace.slug}/{asset.name}/versions/{version.number}"

    def asked(self, client: Client, version: Version, who: Person | None = None, **form: Any) -> uuid.UUID:
        """A trial asked for by the form; with the sample alone unless fields are given."""
        client.sign_in(who or self.member)
        answer = client.post(f"{self.url(version)}/try", data=form or {"sample": "1"})
        assert answer.status_code == 303, answer.text
        return uuid.UUID(answer.headers["location"].rpartition("/")[2])

    def row(self, trial_id: uuid.UUID) -> Trial:
        """The trial as it is now; no transaction stays open while a test waits."""
        self.db.expire_all()
        found = self.db.get_one(Trial, trial_id)
        self.db.commit()
        return found

    def run(self, place: Place, trial_id: uuid.UUID) -> Trial:
        """What a worker does with it."""
        asyncio.run(run_trial(place, place.slots, trial_id))
        return self.row(trial_id)


def over(trial_id: uuid.UUID) -> bool:
    """Whether a trial has ended."""
    with transaction() as db:
        return queries.state_of(db, trial_id) not in LIVE
