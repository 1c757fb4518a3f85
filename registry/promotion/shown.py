"""What the pages of a promotion show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from portal.kit.i18n import N_, _, label, named
from portal.kit.pages import Context
from registry.promotion import gates, policy
from registry.promotion.actions import common, moving
from registry.promotion.actions.pilots import OVER_GONE, OVER_LATE
from registry.promotion.forms import Gate, Rules
from registry.promotion.gates import Checked
from registry.promotion.models import TRACK, Promotion, PromotionSite, PromotionStep, SiteVerdict, Stage
from registry.promotion.policy import Ballot
from registry.promotion.queries import gathering, pilots
from registry.promotion.queries import promotions as queries
from registry.promotion.wording import gate_facts

ROLES = {
    "nominator": N_("the nominator"),
    "secretariat": N_("the secretariat"),
    "promotion_committee": N_("the promotion committee"),
    "system": N_("the system"),
}
SYSTEM_REASONS = (moving.LATE, moving.UNCERTIFIED, OVER_LATE, OVER_GONE)


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
    """What a gate asks for, on one line."""
    return "; ".join(named(what, words) for what, words in gate_facts(gate).items())


def _gate_words(one: Checked, locale: str) -> str:
    params = dict(one.params)
    if locale == "en" and "metric_en" in params:
        params["metric"] = params["metric_en"]
    return _(one.words) % params if params else _(one.words)


def gate_lines(req: Context, found: list[Checked]) -> list[dict[str, Any]]:
    """The check list: what is met, what is missing, by whom, with evidence."""
    return [
        {
            "code": one.gate.code,
            "title": one.gate.title(req.locale),
            "met": one.met,
            "words": _gate_words(one, req.locale),
            "by": _(one.by),
            "source": one.gate.source or _("Platform rule"),
            "overridable": one.gate.overridable,
            "evidence": [(_(piece.what), piece.url, piece.digest) for piece in one.evidence],
        }
        for one in found
    ]


@dataclass(frozen=True)
class Seen:
    """A promotion with what is read of it once for a page."""

    promotion: Promotion
    rules: Rules
    following: Stage | None
    checked: Mapping[Stage, list[Checked]]
    """The gates of the stages still before it, as they stand at this moment."""
    sites: Sequence[PromotionSite]
    steps: Sequence[PromotionStep]


def look(req: Context, row: Any) -> Seen:
    """Read a promotion; facts are gathered once for all its gates."""
    promotion = req.db.get_one(Promotion, row.id)
    rules = Rules.model_validate(row.rules)
    first = common.following(promotion)
    sites = pilots.of_promotion(req.db, req.actor, promotion.id)
    found: dict[Stage, list[Checked]] = {}
    if first is not None:
        facts = gathering.facts(req.db, promotion, sites)
        found = {
            stage: gates.check(rules.stages[stage].gates, facts) for stage in TRACK[TRACK.index(first) :]
        }
    return Seen(promotion, rules, first, found, sites, queries.steps(req.db, promotion.id))


def checklist(req: Context, seen: Seen) -> list[tuple[Stage, list[dict[str, Any]]]]:
    """The gates of the stages still before it."""
    return [(stage, gate_lines(req, found)) for stage, found in seen.checked.items()]


def track(row: Any) -> list[dict[str, Any]]:
    """The stages of the way, with the one it is in (or was suspended in) marked."""
    here = row.before_suspended or row.stage.value
    names = [stage.value for stage in TRACK]
    at = names.index(here) if here in names else -1
    return [
        {"label": label(stage), "state": "done" if n < at else "current" if n == at else ""}
        for n, stage in enumerate(TRACK)
    ]


def role(who: str) -> str:
    """The role somebody acted in."""
    return _(ROLES[who])


def gate_titles(rules: Rules, locale: str) -> dict[str, str]:
    """Code of a gate -> its title in a language."""
    return {gate.code: gate.title(locale) for rule in rules.stages.values() for gate in rule.gates}


def log(req: Context, seen: Seen) -> list[dict[str, Any]]:
    """The steps, with overrides in words. Names of people are not shown."""
    titles = gate_titles(seen.rules, req.locale)
    found: list[dict[str, Any]] = []
    for step in seen.steps:
        detail = " · ".join(
            part for part in (_("by %(who)s", who=role(step.who)), reason_words(step.reason)) if part
        )
        found.append({"label": label(step.stage), "level": step.stage.level, "at": step.at, "detail": detail})
        if step.override:
            found[-1]["detail"] += " · " + override_words(step.override, titles)
    if found:
        found[-1]["current"] = True
    return found


def override_words(override: Any, titles: dict[str, str]) -> str:
    """A vote that let it go on although gates were not met, with what was said for it and against it."""
    said = _(
        "Gates passed over by vote of the committee: %(gates)s (%(favour)s for, %(against)s against, "
        "quorum %(quorum)s): %(reasons)s",
        gates=_("; ").join(titles.get(code, code) for code in override["gates"]),
        favour=override["in_favour"],
        against=override["against"],
        quorum=override["quorum"],
        reasons=" / ".join(override["reasons"]),
    )
    against = override.get("reasons_against", [])
    return said + (" " + _("Said against it: %(reasons)s", reasons=" / ".join(against)) if against else "")


def overrides(req: Context, seen: Seen) -> list[str]:
    """All votes that ever let it go on, for the head of the page."""
    titles = gate_titles(seen.rules, req.locale)
    return [
        f"{label(step.stage)}: {override_words(step.override, titles)}"
        for step in seen.steps
        if step.override
    ]


def ballot(req: Context, seen: Seen, following: Stage) -> dict[str, Any]:
    """How the committee's vote on entering the next stage stands."""
    rules = seen.rules
    cast = queries.votes(req.db, seen.promotion.id, seen.promotion.step)
    unmet = [one for one in seen.checked[following] if not one.met]
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


def site_lines(seen: Seen) -> list[dict[str, Any]]:
    """The pilot sites."""
    return [
        {
            "row": site,
            "verdict": label(SiteVerdict(site.verdict)) if site.verdict else label(site.state),
            "level": SiteVerdict(site.verdict).level if site.verdict else site.state.level,
        }
        for site in seen.sites
    ]
