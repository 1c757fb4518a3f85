"""Files of every kind with their previews, made by the real worker."""

from typing import Any

from portal.accounts.sessions import actor_of
from portal.kit.db import transaction
from registry.assets.models import AssetKind
from registry.previews import actions, queries
from registry.previews.kinds import kind_of
from registry.previews.models import PreviewState
from registry.versions.models import SubmissionKind
from registry.versions.queries import files_of
from tests.previews.samples import geojson, notebook, pdf, png
from tests.scanning.samples import onnx_model

FILES = {
    "main.py": b"def area(x):\n    return 'm2'  # square\n",
    "parcels.csv": b"code,note\n" + b"".join(b"%d,=1+%d\n" % (n, n) for n in range(120)),
    "map.geojson": geojson((116, 39, 1), (118, 39.5, 0.6)),
    "broken.png": b"no picture",
    "picture.png": png(400, 200),
    "model.onnx": onnx_model(),
    "report.pdf": pdf(["Land use monitoring"], title="Report"),
    "steps.ipynb": notebook(
        {"cell_type": "markdown", "source": "# Steps\n\nSome *text*."},
        {"cell_type": "code", "source": "x = 1\nx", "outputs": [{"data": {"text/plain": "1"}}]},
    ),
}


def add(world: Any) -> None:
    """One dataset whose files are previewed; one file more waits for somebody who asks."""
    from tests.browser.world import eventually

    owner = world.people["researcher"]
    asset = world.make.asset(owner, name="previews", kind=AssetKind.dataset, title="各类文件")
    version = world.make.version(asset, {**FILES, "asked.txt": b"later\n"}, submission=SubmissionKind.files)
    with transaction() as db:
        actor = actor_of(db, owner.id)
        files = {row.path: row for row in files_of(db, version.id, hidden=False)}
        for path in FILES:
            actions.ask(db, actor, path=path, sha256=files[path].sha256, size=files[path].size)

    def made() -> bool:
        with transaction() as db:
            found = [queries.of_content(db, files[path].sha256, kind_of(path)) for path in FILES]
            return all(row is not None and row.state is not PreviewState.pending for row in found)

    eventually(made, "the previews are made")
    base = f"/assets/{owner.namespace.slug}/previews/versions/1.0.0/files"
    world.pages[""] += [f"{base}/{path}" for path in (*FILES, "parcels.csv?page=2", "asked.txt")]
    world.pages["researcher"] += [f"{base}/asked.txt", f"{base}/broken.png"]
