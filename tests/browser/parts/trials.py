"""Trials: the form, an answer of every kind, one that failed, one that is emptied, and what cannot be tried."""

from typing import Any

from portal.accounts.sessions import actor_of
from portal.kit.clock import now
from portal.kit.db import transaction
from registry.trials import actions
from registry.trials.forms import Given
from registry.trials.interface import Interface
from registry.trials.models import Trial
from registry.versions.models import VersionState
from registry.versions.queries.files import files_of_path
from tests.trials.studio import Studio, interface, over


def add(world: Any) -> None:
    """Needs a running worker."""
    from tests.browser.world import eventually

    studio = Studio(world.db, world.make)
    good = studio.program()
    bad = studio.program("import sys\nprint('line one')\nsys.exit('the input is odd')\n")
    gone = studio.program(state=VersionState.yanked)

    def asked(version: Any) -> Any:
        with transaction() as db:
            (sample,) = files_of_path(db, version.id, "examples/places.csv")
            trial = actions.ask(
                db,
                actor_of(db, studio.member.id),
                version_id=version.id,
                interface=Interface.model_validate(interface()),
                given=Given({"factor": 2.0}),
                samples={"places": sample.sha256},
            )
        eventually(lambda: over(trial.id), "the trial ends")
        return trial.id

    answered, failed, emptied = asked(good), asked(bad), asked(good)
    with transaction() as db:
        row = db.get_one(Trial, emptied)
        row.parameters, row.inputs, row.outputs, row.files, row.parts = {}, {}, [], {}, {}
        row.emptied_at = now()
    world.people |= {"trier": studio.member, "trial_owner": studio.owner}
    tries = [f"{studio.url(version)}/try" for version in (good, gone)]
    world.pages["trier"] = [*tries, *(f"/trials/{key}" for key in (answered, failed, emptied))]
    world.pages["trial_owner"] = [studio.url(good), studio.url(gone), tries[0]]
    world.pages[""].append(tries[0])
