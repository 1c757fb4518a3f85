"""The criteria the portal computes by itself: small pure functions from facts to a finding."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from portal.kit.i18n import N_
from registry.certification.facts import Facts
from registry.certification.forms import Criterion
from registry.certification.models import Verdict

MIB = 2**20
NAMED = 5
"""So many names are listed; the rest is counted."""


@dataclass(frozen=True)
class Finding:
    """What was found: the verdict, a message id with its parameters, and what it rests on."""

    verdict: Verdict
    words: str
    params: dict[str, Any] = field(default_factory=dict)
    evidence: list[dict[str, Any]] = field(default_factory=list)


def _seen(what: str, digest: str = "", url: str = "") -> dict[str, Any]:
    return {"what": what, "digest": digest, "url": url}


def scan_clean(facts: Facts, want: Criterion) -> Finding:
    """The newest scan would publish, or a certifier released what it quarantined; few enough dangers."""
    scan = facts.scan
    if scan is None:
        return Finding(Verdict.unknown, N_("No scan of this version is on record."))
    evidence = [_seen(N_("Scan"), facts.tree_digest, f"{facts.here}#scan")]
    params = {"n": scan.dangers}
    if scan.verdict == "publish" and scan.dangers <= want.number("dangers", 0):
        return Finding(Verdict.met, N_("The scan found nothing dangerous."), params, evidence)
    if scan.released:
        return Finding(
            Verdict.met,
            N_("The scan found dangers (%(n)s); a certifier looked and released it."),
            params,
            evidence,
        )
    return Finding(Verdict.not_met, N_("The scan found dangers: %(n)s."), params, evidence)


def no_pickle(facts: Facts, _want: Criterion) -> Finding:
    """No file of it executes code when it is loaded."""
    evidence = [_seen(N_("Files"), facts.tree_digest, facts.here)]
    if facts.executable_format:
        return Finding(
            Verdict.not_met, N_("It holds files that execute code when loaded (pickle)."), {}, evidence
        )
    return Finding(Verdict.met, N_("No file of it executes code when loaded."), {}, evidence)


def sandbox_run(facts: Facts, want: Criterion) -> Finding:
    """Some run in a strong sandbox succeeded, and none used more memory than allowed."""
    if not facts.runs:
        return Finding(Verdict.unknown, N_("No evaluation of this version has succeeded yet."))
    peak = max(run.peak_bytes for run in facts.runs)
    params = {"peak": round(peak / MIB), "most": round(want.number("peak_mb", 4096)), "n": len(facts.runs)}
    evidence = [
        _seen(N_("Evaluation"), run.profile_digest, f"/evaluations/{run.evaluation}")
        for run in facts.runs[:NAMED]
    ]
    if not any(run.strong for run in facts.runs):
        return Finding(Verdict.not_met, N_("It ran in a weak sandbox only."), params, evidence)
    if peak > want.number("peak_mb", 4096) * MIB:
        return Finding(
            Verdict.not_met, N_("Peak memory %(peak)s MiB; %(most)s MiB are allowed."), params, evidence
        )
    return Finding(
        Verdict.met, N_("Successful runs: %(n)s; peak memory %(peak)s MiB of %(most)s MiB."), params, evidence
    )


def denied_calls(facts: Facts, want: Criterion) -> Finding:
    """How often the sandbox refused something, by the kernel's records. Where they do not reach the worker, or some of
    them were lost, few enough is not known: never a pass."""
    counted = [run for run in facts.runs if run.denied is not None]
    if not counted:
        return Finding(
            Verdict.unknown,
            N_(
                "Not recorded: the sandbox refuses the network and dangerous calls, but no run of it counted them."
            ),
        )
    total = sum(run.denied or 0 for run in counted)
    params = {
        "network": sum(run.network for run in counted), "other": total - sum(run.network for run in counted),
        "counted": len(counted), "runs": len(facts.runs),
    }  # fmt: skip
    evidence = [
        _seen(N_("Evaluation"), run.profile_digest, f"/evaluations/{run.evaluation}")
        for run in counted[:NAMED]
    ]
    if total > want.number("most", 0):
        verdict = Verdict.not_met
    else:
        verdict = Verdict.met if all(run.whole for run in counted) else Verdict.unknown
    words = (
        N_(
            "Refused: %(network)s attempts at the network, %(other)s other calls, in %(counted)s of %(runs)s runs."
        )
        if all(run.whole for run in counted)
        else N_(
            "Refused: at least %(network)s attempts at the network and %(other)s other calls (records were lost), in"
            " %(counted)s of %(runs)s runs."
        )
    )
    return Finding(verdict, words, params, evidence)


def vulnerabilities(facts: Facts, want: Criterion) -> Finding:
    """No part has a known vulnerability. Without a database, with a stale one, or with parts that name no version:
    not known; what is found counts whatever the database's age."""
    base = facts.database
    if base is None:
        return Finding(Verdict.unknown, N_("No database of known vulnerabilities has been imported."))
    params: dict[str, Any] = {"day": base.newest_at.date().isoformat(), "n": len(facts.known)}
    evidence = [_seen(N_("Database of vulnerabilities"), base.digest)]
    if len(facts.known) > want.number("most", 0):
        names = [f"{each.package} {each.version} ({each.id})" for each in facts.known]
        params |= {"names": ", ".join(names[:NAMED]), "more": max(0, len(names) - NAMED)}
        return Finding(
            Verdict.not_met,
            N_("Known vulnerabilities as of %(day)s: %(names)s; further ones: %(more)s."), params, evidence,
        )  # fmt: skip
    loose = sum(not each.version for each in facts.parts.parts) + facts.parts.unread
    params |= {"parts": len(facts.parts.parts), "loose": loose, "age": base.age_days}
    if loose:
        return Finding(
            Verdict.unknown, N_("Parts without an exact version, which cannot be looked up: %(loose)s."), params,
            evidence,
        )  # fmt: skip
    if base.age_days > want.number("stale_days", 90):
        return Finding(
            Verdict.unknown,
            N_("The database is of %(day)s, %(age)s days old: too old to rely on."),
            params,
            evidence,
        )
    return Finding(Verdict.met, N_("None known in %(parts)s parts, as of %(day)s."), params, evidence)


def parts_licences(facts: Facts, want: Criterion) -> Finding:
    """Every package and every related asset has a licence, and none is one of the refused."""
    named = [(each.name, each.licence) for each in facts.parts.parts]
    named += [(each.name, each.licence) for each in facts.related]
    refused = set(want.words("refused"))
    bad = [f"{name} ({licence})" for name, licence in named if licence in refused]
    silent = [name for name, licence in named if not licence]
    evidence = [_seen(N_("Lock of the runtime"), facts.parts.lock_digest)] if facts.parts.lock_digest else []
    if bad:
        return Finding(Verdict.not_met, N_("Licences that are refused: %(names)s."), _names(bad), evidence)
    if silent:
        return Finding(
            Verdict.unknown, N_("No licence is known of: %(names)s (%(n)s)."), _names(silent), evidence
        )
    return Finding(Verdict.met, N_("Licences known of all %(n)s parts."), {"n": len(named)}, evidence)


def _names(names: list[str]) -> dict[str, Any]:
    return {"names": ", ".join(names[:NAMED]) + ("…" if len(names) > NAMED else ""), "n": len(names)}


def robust_slices(facts: Facts, want: Criterion) -> Finding:
    """By every benchmark with slices, the weakest one loses at most the given share against all items."""
    if not facts.slices:
        return Finding(Verdict.unknown, N_("No result with scores by slice is on record."))
    most = want.number("loss", 0.3)
    worst = max(facts.slices, key=lambda each: _loss(each.overall, each.weakest, each.higher_is_better))
    loss = _loss(worst.overall, worst.weakest, worst.higher_is_better)
    params = {
        "benchmark": worst.benchmark, "benchmark_en": worst.benchmark_en, "metric": worst.metric,
        "metric_en": worst.metric_en, "weakest": f"{worst.weakest:.4g}",
        "overall": f"{worst.overall:.4g}", "loss": f"{loss * 100:.0f}", "most": f"{most * 100:.0f}",
    }  # fmt: skip
    evidence = [
        _seen(N_("Evaluation"), "", f"/evaluations/{each.evaluation}") for each in facts.slices[:NAMED]
    ]
    verdict = Verdict.met if loss <= most else Verdict.not_met
    return Finding(
        verdict,
        N_(
            "%(benchmark)s, %(metric)s: weakest slice %(weakest)s against %(overall)s, %(loss)s%% worse of %(most)s%%."
        ),
        params,
        evidence,
    )


def _loss(overall: float, weakest: float, higher: bool) -> float:
    """How much worse the weakest slice is, as a share of the whole; never below 0."""
    worse = overall - weakest if higher else weakest - overall
    return max(0.0, worse / abs(overall)) if overall else (1.0 if worse > 0 else 0.0)


def data_level(facts: Facts, _want: Criterion) -> Finding:
    """All data it was made with is general data, by what its owners set or its card says. Silence is not known."""
    data = [each for each in facts.related if each.is_data]
    high = [each.name for each in data if each.level in {"important", "core"}]
    evidence = [_seen(each.name, "", f"/assets/{each.name}") for each in data[:NAMED]]
    if high or facts.card.level in {"important", "core"}:
        names = _names(high or ["card"])
        return Finding(Verdict.not_met, N_("Above general data: %(names)s."), names, evidence)
    silent = [each.name for each in data if each.level != "general"]
    if silent:
        return Finding(
            Verdict.unknown,
            N_("These data sets do not say their level: %(names)s."),
            _names(silent),
            evidence,
        )
    if data or facts.card.level == "general":
        return Finding(
            Verdict.met, N_("All its data is said to be general data."), {"n": len(data)}, evidence
        )
    return Finding(Verdict.unknown, N_("It names no data it was made with."))


def card_complete(facts: Facts, want: Criterion) -> Finding:
    """A licence, a summary, authors, a scenario, and a description of some length."""
    card, least = facts.card, round(want.number("chars", 100))
    evidence = [_seen(N_("Description"), card.digest, facts.here)]
    missing = [
        *card.missing,
        *([] if card.licence else ["licence"]),
        *([] if card.chars >= least else ["card"]),
    ]
    if missing:
        params = {"names": ", ".join(missing), "chars": card.chars, "least": least}
        return Finding(
            Verdict.not_met,
            N_("Missing: %(names)s (the card has %(chars)s characters of %(least)s)."), params, evidence,
        )  # fmt: skip
    return Finding(Verdict.met, N_("Licence, summary, authors, scenario and card are there."), {}, evidence)


CHECKS: dict[str, Callable[[Facts, Criterion], Finding]] = {
    check.__name__: check
    for check in (
        scan_clean, no_pickle, sandbox_run, denied_calls, vulnerabilities, parts_licences, robust_slices, data_level,
        card_complete,
    )
}  # fmt: skip


def judge(facts: Facts, want: Criterion) -> Finding:
    """The finding of a computed criterion; one this program has no check for is not known."""
    check = CHECKS.get(want.code)
    if check is None:
        return Finding(Verdict.unknown, N_("This version of the portal cannot compute it."))
    return check(facts, want)


def measured(want: Criterion, value: float | None, files: int) -> Verdict:
    """The verdict of an evidence file: the number it shows, within the bounds, and a file that shows it."""
    if not files:
        return Verdict.unknown
    if "least" not in want.thresholds and "most" not in want.thresholds:
        return Verdict.met
    if value is None:
        return Verdict.unknown
    low, high = want.number("least", float("-inf")), want.number("most", float("inf"))
    return Verdict.met if low <= value <= high else Verdict.not_met


def blocking(
    criteria: list[Criterion], found: dict[str, tuple[Verdict, bool]], level: Any
) -> list[Criterion]:
    """The criteria that stand in the way of a level: required for it, and neither met nor (where it is not known)
    accepted by a certifier. ``found``: by code the verdict and whether it was accepted."""
    open_ones = []
    for want in criteria:
        if not want.needed_for(level):
            continue
        verdict, accepted = found.get(want.code, (Verdict.unknown, False))
        if verdict is Verdict.met or (verdict is Verdict.unknown and accepted):
            continue
        open_ones.append(want)
    return open_ones
