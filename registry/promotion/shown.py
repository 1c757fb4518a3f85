"""What the pages of a promotion show."""

from typing import Any
from urllib.parse import quote

from portal.kit.i18n import N_, _, label
from portal.kit.pages import Context
from registry.promotion import gates, policy
from registry.promotion.actions import common, moving
from registry.promotion.forms import Gate, Rules
from registry.promotion.gates import Checked
from registry.promotion.models import TRACK, Promotion, SiteVerdict, Stage
from registry.promotion.policy import Ballot
from registry.promotion.queries import gathering
from registry.promotion.queries import promotions as queries

ROLES = {
    "nominator": N_("the nominator"),
    "secretariat": N_("the secretariat"),
    "promotion_committee": N_("the promotion committee"),
    "system": N_("the system"),
}
SYSTEM_REASONS = (moving.LATE, moving.UNCERTIFIED)


def title(row: Any, locale: str) -> str:
    """The asset's title in a language."""
    return str(row.title_en if locale == "en" and row.title_en else row.title)


def version_url(row: Any) -> str:
    """The page of the version."""
    return f"/assets/{row.namespace}/{row.name}/versions/{quote(row.version, safe='')}"


def reason_words(reason: str) -> str:
    """A reason: a message of the program, or what a person wrote."""
    return _(reason) if reason in SYSTEM_REASONS else reason


def bounds(gate: Gate) -> str:
    """The thresholds of a gate on one line."""
    parts: dict[str, list[str]] = {
        "certified": [label(gate.level)],
        "benchmarks": [
            gate.benchmark, gate.metric, "" if gate.threshold is None else f"{gate.threshold:g}",
        ],
        "review": [f"≥ {gate.mean:g}"],
        "pilot_sites": [f"≥ {gate.sites}, ≤ {gate.unsuitable}"],
    }  # fmt: skip
    return " · ".join(part for part in parts.get(gate.kind, []) if part)


def gate_lines(req: Context, found: list[Checked]) -> list[dict[str, Any]]:
    """The check list: what is met, what is missing, by whom, with evidence."""
    return [
        {
            "code": one.gate.code,
            "title": one.gate.title(req.locale),
            "met": one.met,
            "words": _(one.words) % one.params if one.params else _(one.words),
            "by": _(one.by),
            "source": one.gate.source or _("Platform rule"),
            "overridable": one.gate.overridable,
            "evidence": [(_(piece.what), piece.url, piece.digest) for piece in one.evidence],
        }
        for one in found
    ]


def checklist(req: Context, promotion: Promotion) -> list[tuple[Stage, list[dict[str, Any]]]]:
    """The gates of the stages still before it, computed at this moment; facts are gathered once."""
    first = common.following(promotion)
    if first is None:
        return []
    rules = common.rules_of(req.db, promotion)
    facts = gathering.facts(req.db, promotion)
    return [
        (stage, gate_lines(req, gates.check(rules.stages[stage].gates, facts)))
        for stage in TRACK[TRACK.index(first) :]
    ]


def track(row: Any) -> list[dict[str, Any]]:
    """The stages of the way, with the one it is in (or was suspended in) marked."""
    here = row.before_suspended or row.stage.value
    names = [stage.value for stage in TRACK]
    at = names.index(here) if here in names else -1
    return [
        {"label": label(stage), "state": "done" if n < at else "current" if n == at else ""}
        for n, stage in enumerate(TRACK)
    ]


def log(req: Context, promotion_id: Any, rules: Rules) -> list[dict[str, Any]]:
    """The steps, with overrides in words. Names of people are not shown."""
    titles = {gate.code: gate.title(req.locale) for rule in rules.stages.values() for gate in rule.gates}
    found: list[dict[str, Any]] = []
    for step in queries.steps(req.db, promotion_id):
        detail = " · ".join(
            part for part in (_("by %(who)s", who=_(ROLES[step.who])), reason_words(step.reason)) if part
        )
        found.append({"label": label(step.stage), "level": step.stage.level, "at": step.at, "detail": detail})
        if step.override:
            found[-1]["detail"] += " · " + override_words(step.override, titles)
    if found:
        found[-1]["current"] = True
    return found


def override_words(override: Any, titles: dict[str, str]) -> str:
    """A vote that let it go on although gates were not met."""
    return _(
        "Gates passed over by vote of the committee: %(gates)s (%(favour)s for, %(against)s against, "
        "quorum %(quorum)s): %(reasons)s",
        gates="; ".join(titles.get(code, code) for code in override["gates"]),
        favour=override["in_favour"],
        against=override["against"],
        quorum=override["quorum"],
        reasons=" / ".join(override["reasons"]),
    )


def overrides(req: Context, promotion_id: Any, rules: Rules) -> list[str]:
    """All votes that ever let it go on, for the head of the page."""
    titles = {gate.code: gate.title(req.locale) for rule in rules.stages.values() for gate in rule.gates}
    return [
        f"{label(step.stage)}: {override_words(step.override, titles)}"
        for step in queries.steps(req.db, promotion_id)
        if step.override
    ]


def ballot(req: Context, promotion: Promotion, found: list[Checked]) -> dict[str, Any]:
    """How the committee's vote stands."""
    rules = common.rules_of(req.db, promotion)
    cast = queries.votes(req.db, promotion.id, promotion.step)
    unmet = [one for one in found if not one.met]
    return {
        "favour": sum(v.in_favour for v in cast),
        "against": sum(not v.in_favour for v in cast),
        "quorum": rules.quorum,
        "wanted": rules.in_favour,
        "carried": policy.carried(rules, [Ballot(v.in_favour, frozenset(v.unmet)) for v in cast], unmet),
        "voted": any(v.account_id == req.actor.id for v in cast),
        "reasons": [(v.in_favour, v.reason) for v in cast],
        "possible": bool(unmet) and all(one.gate.overridable for one in unmet),
    }


def site_lines(req: Context, promotion_id: Any) -> list[dict[str, Any]]:
    """The pilot sites."""
    return [
        {
            "row": site,
            "verdict": label(SiteVerdict(site.verdict)) if site.verdict else "",
            "level": SiteVerdict(site.verdict).level if site.verdict else "neutral",
        }
        for site in queries.sites(req.db, promotion_id)
    ]
