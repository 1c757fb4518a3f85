"""The page of a comparison."""

from typing import Any

from fastapi.responses import Response

from portal.kit.i18n import _
from portal.kit.pages import Req
from portal.kit.routes import Doors
from registry.assets.guards import readable_asset
from registry.comparison import fields, texts
from registry.comparison.files import Change, changes
from registry.comparison.guards import Two, compare_url, readable_two, two_of_member
from registry.comparison.scores import common_scores
from registry.evaluation.actions import comparisons
from registry.versions import queries
from registry.versions.addresses import address

router = Doors()
CARD = "README.md"
DESCRIBING = ("cspon.yaml", "benchmark.yaml", CARD)
SHOWN_TEXTS = 12


@router.page("/assets/{ns}/{name}/compare", guard=readable_asset)
def choose(req: Req) -> Response:
    """From the choice of two versions to their page."""
    asset = req.subject
    old, new = (req.query.get(key, "")[:40] for key in ("from", "to"))
    return req.redirect(compare_url(asset.namespace, asset.name, old, new))


@router.page("/assets/{ns}/{name}/compare/{span}", guard=readable_two)
def compare(req: Req) -> Response:
    """Files, card, parameters and scores of two versions."""
    two: Two = req.subject
    before, after = (queries.files_of(req.db, one.id, hidden=False) for one in (two.old, two.new))
    changed = changes(before, after)
    same = len(after) - sum(change.new is not None for change in changed)
    old_texts, new_texts = _described(before), _described(after)
    versions = queries.of_asset(req.db, req.actor, two.new.asset_id)
    return req.page(
        "comparison/compare.html",
        two=two,
        here_url=two.url,
        asset_url=f"/assets/{two.new.namespace}/{two.new.name}",
        old_url=address(two.old),
        new_url=address(two.new),
        back_url=compare_url(two.new.namespace, two.new.name, two.new.number, two.old.number),
        gated=not (two.old.files_open and two.new.files_open),
        changes=changed,
        same=same,
        texts=_texts(changed),
        card=_card(old_texts.get(CARD), new_texts.get(CARD)),
        fields=[
            row
            for path in DESCRIBING
            for row in fields.field_changes(path, old_texts.get(path), new_texts.get(path))
        ],
        benchmarks=common_scores(req.db, req.actor, two.new.asset_id, two.old, two.new),
        numbers=[(row.number, row.number) for row in versions],
    )


@router.act("/assets/{ns}/{name}/compare/{span}", guard=two_of_member)
def ask(req: Req) -> Response:
    """Have the paired comparisons made that are missing."""
    two: Two = req.subject
    found = common_scores(req.db, req.actor, two.new.asset_id, two.old, two.new)
    asked = comparisons.ask(req.db, [item.pair for item in found])
    text = _("The comparison is being made; look again in a moment.") if asked else _("It was made already.")
    return req.redirect(two.url, flash=text)


def _described(files: list[Any]) -> dict[str, str]:
    """The small texts that describe a version, by path."""
    wanted = [file for file in files if file.path in DESCRIBING]
    return {file.path: text for file in wanted if (text := texts.read(file.sha256, file.size)) is not None}


def _card(old: str | None, new: str | None) -> list[texts.Piece]:
    """The word difference of the cards; empty where they are the same."""
    from portal.kit.frontmatter import split

    if old is None or new is None or old == new:
        return []
    pieces = texts.words(split(old)[1], split(new)[1])
    return pieces if any(piece.kind != "equal" for piece in pieces) else []


def _texts(changed: list[Change]) -> list[tuple[Change, list[texts.Line]]]:
    """The line differences of the first small text files that changed."""
    found = []
    for change in changed:
        if change.kind != "changed" or change.path == CARD:
            continue
        old, new = (texts.read(file.sha256, file.size) for file in (change.old, change.new))
        if old is not None and new is not None:
            found.append((change, texts.lines(old, new)))
        if len(found) == SHOWN_TEXTS:
            break
    return found
