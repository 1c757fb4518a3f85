"""The gates: one small pure function per kind, from facts to met or missing, in words and with evidence."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from portal.kit.i18n import N_
from portal.reviews.publicity.policy import Verdict
from registry.promotion.facts import Facts, Piece
from registry.promotion.forms import Gate
from registry.promotion.models import SiteVerdict

OWNER, CERTIFIER, SECRETARIAT = N_("the version's owner"), N_("a certifier"), N_("the secretariat")
CERTIFICATE, RESULT, REVIEW, SITE, NOTICE = (
    N_("Certificate"), N_("Benchmark result"), N_("Review round"), N_("Pilot site"), N_("Public notice"),
)  # fmt: skip
NOTICE_WORDS = {
    Verdict.none: N_("No public notice has begun."),
    Verdict.running: N_("The public notice is running."),
    Verdict.open_objections: N_("Objections are not decided."),
    Verdict.upheld: N_("An objection was upheld."),
    Verdict.clean: N_("The public notice is over, no objection was upheld."),
}


@dataclass(frozen=True)
class Checked:
    """How one gate stands."""

    gate: Gate
    met: bool
    words: str
    """Message id, filled with ``params``."""
    by: str
    """Message id: who can supply it."""
    params: Mapping[str, str | int] = field(default_factory=dict)
    evidence: tuple[Piece, ...] = ()


def certified(gate: Gate, facts: Facts) -> Checked:
    """A certificate that is valid now, at this level or above."""
    found = facts.certificate
    if found is None:
        return Checked(gate, met=False, words=N_("No certificate was granted."), by=OWNER)
    met = found.valid and found.level.covers(gate.level)
    words = (
        N_("Certified and valid: %(number)s.")
        if met
        else N_("The certificate %(number)s is valid, its level is too low.")
        if found.valid
        else N_("The certificate %(number)s is not valid now.")
    )
    piece = Piece(CERTIFICATE, found.url, found.digest)
    return Checked(gate, met, words, CERTIFIER, {"number": found.number}, (piece,))


def benchmarks(gate: Gate, facts: Facts) -> Checked:
    """A public result; with a threshold, reached even by the worse end of its interval. A benchmark that those who
    publish the version made themselves counts only where the gate names it."""
    measured = [row for row in facts.scores if (row.metric == gate.metric if gate.metric else row.primary)]
    rows = [row for row in measured if (row.benchmark == gate.benchmark if gate.benchmark else not row.own)]
    if not rows:
        words = N_("No public result on this benchmark.")
        if measured and not gate.benchmark:
            words = N_("Results on benchmarks of its own publishers only, which do not count.")
        return Checked(gate, met=False, words=words, by=OWNER)
    pieces = tuple(Piece(RESULT, row.url, row.digest) for row in rows[:5])
    best = next((row for row in rows if gate.threshold is None or row.reaches(gate.threshold)), None)
    row = best or rows[0]
    params = {
        "benchmark": row.benchmark, "metric": row.title_zh or row.metric,
        "metric_en": row.title_en or row.metric, "bound": f"{row.bound:.4g}",
        "threshold": "" if gate.threshold is None else f"{gate.threshold:g}",
    }  # fmt: skip
    if gate.threshold is None:
        words = N_("%(metric)s on %(benchmark)s, worse end of the interval %(bound)s.")
    elif best is not None:
        words = N_("%(metric)s on %(benchmark)s: worse end of the interval %(bound)s reaches %(threshold)s.")
    else:
        words = N_(
            "%(metric)s on %(benchmark)s: worse end of the interval %(bound)s does not reach %(threshold)s."
        )
    return Checked(gate, best is not None, words, OWNER, params, pieces)


def review(gate: Gate, facts: Facts) -> Checked:
    """A concluded round that takes it in, a mean that is high enough, no veto. The mean itself is not told."""
    found = facts.review
    if found is None:
        return Checked(gate, met=False, words=N_("No round of review has it."), by=SECRETARIAT)
    pieces = (Piece(REVIEW, found.url, found.digest),)
    if not found.concluded:
        words = N_("The round of review is not concluded.")
    elif found.vetoes:
        words = N_("A veto stands.")
    elif found.mean is None or found.mean < gate.mean:
        words = N_("The mean of the reviews does not reach %(mean)s.")
    elif not found.favourable:
        words = N_("The outcome of the round does not take it in.")
    else:
        words = N_("The round is concluded, the mean reaches %(mean)s, no veto stands.")
        return Checked(gate, True, words, SECRETARIAT, {"mean": f"{gate.mean:g}"}, pieces)
    return Checked(gate, False, words, SECRETARIAT, {"mean": f"{gate.mean:g}"}, pieces)


def pilot_sites(gate: Gate, facts: Facts) -> Checked:
    """So many assessed sites that found it suitable, and not too many that did not."""
    assessed = [site for site in facts.sites if site.verdict]
    bad = sum(site.verdict == SiteVerdict.unsuitable for site in assessed)
    good = len(assessed) - bad
    met = good >= gate.sites and bad <= gate.unsuitable
    pieces = tuple(
        Piece(SITE, f"{facts.here}/pilots/{site.id}" if site.id else "", site.digest)
        for site in assessed[:20]
    )
    words = N_(
        "Sites that found it suitable: %(good)s of %(wanted)s; not suitable: %(bad)s (at most %(most)s); "
        "not assessed: %(waiting)s."
    )
    params = {
        "good": good, "wanted": gate.sites, "bad": bad, "most": gate.unsuitable,
        "waiting": len(facts.sites) - len(assessed),
    }  # fmt: skip
    return Checked(gate, met, words, SECRETARIAT, params, pieces)


def notice(gate: Gate, facts: Facts) -> Checked:
    """A public notice that is over, every objection decided and none upheld."""
    pieces = (Piece(NOTICE, facts.notice_url),) if facts.notice_url else ()
    return Checked(
        gate, facts.notice is Verdict.clean, NOTICE_WORDS[facts.notice], SECRETARIAT, evidence=pieces
    )


def not_pickle(gate: Gate, facts: Facts) -> Checked:
    """Nothing that executes code when it is loaded."""
    if facts.executable:
        words = N_("It holds files that execute code when loaded; publish a version without them.")
        return Checked(gate, met=False, words=words, by=OWNER)
    return Checked(gate, met=True, words=N_("Nothing in it executes code when loaded."), by=OWNER)


KINDS: dict[str, Callable[[Gate, Facts], Checked]] = {
    "certified": certified, "benchmarks": benchmarks, "review": review, "pilot_sites": pilot_sites,
    "notice": notice, "not_pickle": not_pickle,
}  # fmt: skip


def check(wanted: list[Gate], facts: Facts) -> list[Checked]:
    """All gates of a stage, in their order."""
    return [KINDS[gate.kind](gate, facts) for gate in wanted]
