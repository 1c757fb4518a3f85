"""Every kind of gate blocks and passes, as the pure function it is."""

from typing import Any

import pytest
from pydantic import ValidationError
from sqlmodel import Session

from portal.reviews.publicity.policy import Verdict
from registry.assets.models import Asset
from registry.certification.models import Level
from registry.promotion.facts import CertificateFact, Facts, ReviewFact, ScoreFact, SiteFact
from registry.promotion.forms import Gate, Rules
from registry.promotion.gates import KINDS, check
from registry.promotion.models import Promotion
from registry.promotion.policy import Ballot, carried
from registry.promotion.profiles import shipped
from registry.promotion.queries.gathering import measured
from tests.evaluation.tiny import Scene
from tests.exchange.conftest import accept
from tests.support.make import Make


def gate(kind: str, **values: Any) -> Gate:
    return Gate.model_validate({"code": "g", "kind": kind, "title_zh": "条件", "title_en": "gate", **values})


def certificate(*, valid: bool = True, level: Level = Level.rollout) -> Facts:
    return Facts(certificate=CertificateFact("N-1", valid, level, "/certificates/1", "a" * 64))


def score(low: float, high: float, *, up: bool = True, name: str = "ns/b", own: bool = False) -> Facts:
    return Facts(scores=(ScoreFact(name, "oa", True, low, high, up, "/benchmarks/ns/b", "b" * 64, own),))


def review(**values: Any) -> Facts:
    usual: dict[str, Any] = {"concluded": True, "favourable": True, "mean": 80.0, "vetoes": 0}
    return Facts(review=ReviewFact(**(usual | values)))


def sites(*verdicts: str) -> Facts:
    return Facts(sites=tuple(SiteFact(f"节点{n}", each) for n, each in enumerate(verdicts)))


LIMIT = {"benchmark": "ns/b", "threshold": 0.8}
CASES = [
    ("certified", {"level": "rollout"}, certificate(), True),
    ("certified", {"level": "pilot"}, certificate(), True),
    ("certified", {"level": "rollout"}, certificate(level=Level.pilot), False),
    ("certified", {}, certificate(valid=False), False),
    ("certified", {}, Facts(), False),
    ("benchmarks", {}, score(0.1, 0.2), True),
    ("benchmarks", {}, Facts(), False),
    ("benchmarks", {}, score(0.8, 0.9, own=True), False),
    ("benchmarks", LIMIT, score(0.8, 0.9, own=True), True),
    ("benchmarks", LIMIT, score(0.8, 0.9), True),
    ("benchmarks", LIMIT, score(0.79, 0.95), False),
    ("benchmarks", LIMIT, score(0.7, 0.8, up=False), True),
    ("benchmarks", LIMIT, score(0.1, 0.81, up=False), False),
    ("benchmarks", LIMIT, score(0.9, 0.95, name="ns/other"), False),
    ("benchmarks", LIMIT | {"metric": "f1"}, score(0.9, 0.95), False),
    ("benchmarks", LIMIT | {"metric": "oa"}, score(0.9, 0.95), True),
    ("review", {"mean": 60}, review(), True),
    ("review", {"mean": 80}, review(), True),
    ("review", {"mean": 81}, review(), False),
    ("review", {"mean": 60}, review(mean=None), False),
    ("review", {"mean": 60}, review(vetoes=1), False),
    ("review", {"mean": 60}, review(concluded=False), False),
    ("review", {"mean": 60}, review(favourable=False), False),
    ("review", {}, Facts(), False),
    ("pilot_sites", {"sites": 2}, sites("suitable", "limited"), True),
    ("pilot_sites", {"sites": 2}, sites("suitable", ""), False),
    ("pilot_sites", {"sites": 1}, sites("suitable", "unsuitable"), False),
    ("pilot_sites", {"sites": 1, "unsuitable": 1}, sites("suitable", "unsuitable"), True),
    ("pilot_sites", {}, Facts(), False),
    *(("notice", {}, Facts(notice=each), each is Verdict.clean) for each in Verdict),
    ("not_pickle", {}, Facts(executable=True), False),
    ("not_pickle", {}, Facts(), True),
]


@pytest.mark.parametrize(("kind", "values", "facts", "met"), CASES)
def test_blocks_and_passes(kind: str, values: dict[str, Any], facts: Facts, met: bool) -> None:
    found = check([gate(kind, **values)], facts)[0]
    assert found.met is met
    assert found.by
    assert found.words % found.params if found.params else found.words


def test_every_kind_is_tried_both_ways() -> None:
    assert {(kind, met) for kind, _v, _f, met in CASES} == {
        (kind, met) for kind in KINDS for met in (True, False)
    }


def test_the_mean_of_a_review_is_not_told() -> None:
    found = check([gate("review", mean=60)], review(mean=73.25))[0]
    assert "73" not in found.words % found.params


def test_a_threshold_needs_a_benchmark() -> None:
    with pytest.raises(ValidationError):
        gate("benchmarks", threshold=0.5)


def test_rules_name_every_stage_and_a_code_once() -> None:
    rules = shipped()[0].rules.model_dump(mode="json")
    assert Rules.model_validate(rules)
    with pytest.raises(ValidationError):
        Rules.model_validate(rules | {"stages": {"nominated": {"days": 3}}})
    rules["stages"]["pilot"]["gates"] *= 2
    with pytest.raises(ValidationError):
        Rules.model_validate(rules)


def test_when_a_vote_carries() -> None:
    rules = shipped()[0].rules
    one = check([gate("benchmarks")], Facts())
    saw, blind = frozenset({"g"}), frozenset({"other"})
    yes, no = Ballot(True, saw), Ballot(False, saw)
    assert carried(rules, [yes, yes, no], one)
    assert not carried(rules, [yes, yes], one), "no quorum"
    assert not carried(rules, [yes, no, no], one)
    assert not carried(rules, [yes, yes, no, no], one), "no more for than against"
    assert not carried(rules, [yes, Ballot(True, blind), yes], one), "a gate somebody did not know of"
    assert not carried(rules, [yes, yes, yes], check([gate("certified", overridable=False)], Facts()))


def test_whose_benchmark_it_is(db: Session, make: Make) -> None:
    scene = Scene(db, make)
    version = scene.program()
    accept(db, scene, version, rmse=1)
    asset = db.get_one(Asset, version.asset_id)
    promotion = Promotion(asset_id=asset.id, version_id=version.id)
    found = measured(db, promotion)
    assert {row.own for row in found} == {False}
    assert all(row.title_zh and row.title_en for row in found), "a metric is called by its title"
    asset.created_by = scene.asset.created_by
    db.add(asset)
    db.commit()
    assert {row.own for row in measured(db, promotion)} == {True}
