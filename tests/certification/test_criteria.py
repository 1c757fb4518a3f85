"""Each computed criterion: met, not met, and the honest third."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from registry.certification import criteria
from registry.certification.facts import (
    CardFact,
    DatabaseFact,
    Facts,
    KnownFact,
    RelatedFact,
    RunFact,
    ScanFact,
    SliceFact,
)
from registry.certification.forms import Criterion
from registry.certification.models import CriterionKind, Level, Verdict
from registry.certification.parts import Part, Parts
from registry.certification.profiles import shipped

AT = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
CARD = CardFact(500, "Apache-2.0", (), "", "c" * 64)
FACTS = Facts("/assets/a/b/versions/1.0.0", "d" * 64, False, CARD)
BASE = {each.code: each for each in next(one for one in shipped() if one.code == "base").criteria}
RUN = RunFact("0" * 32, 100 * 2**20, True, "e" * 64, None)
SCAN = ScanFact("s", "publish", 0, False, AT)
DATABASE = DatabaseFact("f" * 64, AT, 3)
PARTS = Parts((Part("numpy", "2.1.0", licence="BSD-3-Clause"),), "base-py311", "a" * 64)
SLICE = SliceFact("0" * 32, "基准", "f1", True, 0.8, 0.7)
MET, NOT, UNKNOWN = Verdict.met, Verdict.not_met, Verdict.unknown
CASES: list[tuple[str, dict[str, Any], Verdict]] = [
    ("scan_clean", {}, UNKNOWN),
    ("scan_clean", {"scan": SCAN}, MET),
    ("scan_clean", {"scan": replace(SCAN, verdict="quarantine", dangers=1)}, NOT),
    ("scan_clean", {"scan": replace(SCAN, verdict="quarantine", dangers=1, released=True)}, MET),
    ("no_pickle", {}, MET),
    ("no_pickle", {"executable_format": True}, NOT),
    ("sandbox_run", {}, UNKNOWN),
    ("sandbox_run", {"runs": (RUN,)}, MET),
    ("sandbox_run", {"runs": (replace(RUN, strong=False),)}, NOT),
    ("sandbox_run", {"runs": (RUN, replace(RUN, peak_bytes=5000 * 2**20))}, NOT),
    ("denied_calls", {}, UNKNOWN),
    ("denied_calls", {"runs": (RUN,)}, UNKNOWN),
    ("denied_calls", {"runs": (replace(RUN, denied=0),)}, MET),
    ("denied_calls", {"runs": (replace(RUN, denied=0), replace(RUN, denied=2))}, NOT),
    ("denied_calls", {"runs": (replace(RUN, denied=0, whole=False),)}, UNKNOWN),
    ("denied_calls", {"runs": (replace(RUN, denied=3, network=3, whole=False),)}, NOT),
    ("vulnerabilities", {"parts": PARTS}, UNKNOWN),
    ("vulnerabilities", {"parts": PARTS, "database": DATABASE}, MET),
    ("vulnerabilities", {"parts": PARTS, "database": replace(DATABASE, age_days=91)}, UNKNOWN),
    ("vulnerabilities", {"parts": replace(PARTS, unread=1), "database": DATABASE}, UNKNOWN),
    ("vulnerabilities", {"parts": Parts((Part("numpy"),)), "database": DATABASE}, UNKNOWN),
    (
        "vulnerabilities",
        {
            "parts": replace(PARTS, unread=1), "database": replace(DATABASE, age_days=400),
            "known": (KnownFact("GHSA-x", "numpy", "2.1.0", "HIGH"),),
        },
        NOT,
    ),
    ("parts_licences", {"parts": PARTS}, MET),
    ("parts_licences", {"parts": Parts((Part("x", "1"),))}, UNKNOWN),
    ("parts_licences", {"parts": Parts((Part("x", "1", licence="AGPL-3.0-only"), Part("y", "1")))}, NOT),
    ("parts_licences", {"related": (RelatedFact("a/b", "NOASSERTION", "", False),)}, NOT),
    ("robust_slices", {}, UNKNOWN),
    ("robust_slices", {"slices": (SLICE,)}, MET),
    ("robust_slices", {"slices": (SLICE, replace(SLICE, weakest=0.5))}, NOT),
    ("robust_slices", {"slices": (replace(SLICE, higher_is_better=False, overall=1.0, weakest=1.2),)}, MET),
    ("robust_slices", {"slices": (replace(SLICE, higher_is_better=False, overall=1.0, weakest=1.4),)}, NOT),
    ("robust_slices", {"slices": (replace(SLICE, overall=0.0, weakest=-0.1),)}, NOT),
    ("data_level", {}, UNKNOWN),
    ("data_level", {"card": replace(CARD, level="general")}, MET),
    ("data_level", {"card": replace(CARD, level="core")}, NOT),
    ("data_level", {"related": (RelatedFact("a/b", "MIT", "general", True),)}, MET),
    ("data_level", {"related": (RelatedFact("a/b", "MIT", "", True),)}, UNKNOWN),
    ("data_level", {"related": (RelatedFact("a/b", "MIT", "important", True),)}, NOT),
    ("card_complete", {}, MET),
    ("card_complete", {"card": replace(CARD, chars=3)}, NOT),
    ("card_complete", {"card": replace(CARD, missing=("authors",))}, NOT),
]  # fmt: skip


@pytest.mark.parametrize(("code", "changes", "verdict"), CASES)
def test_verdicts(code: str, changes: dict[str, Any], verdict: Verdict) -> None:
    found = criteria.judge(replace(FACTS, **changes), BASE[code])
    assert found.verdict is verdict
    assert found.words
    if found.params:
        assert found.words % found.params


def test_every_check_is_tried_in_every_verdict_it_has() -> None:
    assert {case[0] for case in CASES} == set(criteria.CHECKS)


def test_what_this_portal_cannot_compute_is_not_known() -> None:
    want = BASE["scan_clean"].model_copy(update={"code": "telepathy"})
    assert criteria.judge(FACTS, want).verdict is UNKNOWN


def test_shipped_profiles_hold_and_say_their_sources() -> None:
    found = {each.code: each for each in shipped()}
    assert set(found) == {"base", "generative"}
    for profile in found.values():
        for each in profile.criteria:
            if each.kind is CriterionKind.computed:
                assert each.code in criteria.CHECKS
    bounds = {each.code: each for each in found["generative"].criteria if each.source.kind == "standard"}
    assert bounds["corpus_sample"].thresholds == {"least": 4000}
    assert bounds["generation_sample"].thresholds == {"least": 1000}
    assert bounds["must_refuse"].thresholds == bounds["must_answer"].thresholds == {"least": 300}
    assert bounds["corpus_illegal"].thresholds == {"most": 5}
    assert all(each.source.second_hand for each in bounds.values())


def test_measured() -> None:
    want = next(each for each in shipped()[1].criteria if each.code == "corpus_sample")
    assert criteria.measured(want, 4000, 1) is MET
    assert criteria.measured(want, 3999, 1) is NOT
    assert criteria.measured(want, 4000, 0) is UNKNOWN
    assert criteria.measured(want, None, 1) is UNKNOWN


def test_blocking() -> None:
    wanted: list[Criterion] = [BASE["no_pickle"], BASE["scan_clean"], BASE["denied_calls"]]
    codes = lambda found, level: [each.code for each in criteria.blocking(wanted, found, level)]  # noqa: E731
    assert codes({}, Level.rollout) == ["no_pickle", "scan_clean"]
    assert codes({}, Level.pilot) == ["scan_clean"]
    assert codes({"scan_clean": (UNKNOWN, True)}, Level.pilot) == []
    assert codes({"scan_clean": (NOT, True)}, Level.pilot) == ["scan_clean"]
