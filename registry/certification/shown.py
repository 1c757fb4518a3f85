"""What the pages of a certificate show."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from portal.audit.queries import of_object
from portal.kit.clock import now
from portal.kit.i18n import _, label
from portal.kit.pages import Context
from portal.settings import get_settings
from registry.certification.forms import Criterion
from registry.certification.models import CertificateState, Level, Standing
from registry.certification.policy import standing
from registry.certification.queries import certificates as queries
from registry.certification.wording import bounds_words, found_words, source_words, unit_words


def worth(row: Any) -> Standing | None:
    """What a row of a list or a page is worth now."""
    return standing(row.state, row.expires_at, row.version_state, now())


def title(row: Any, locale: str) -> str:
    """The asset's title in a language."""
    return str(row.title_en if locale == "en" and row.title_en else row.title)


def level(row: Any) -> str:
    """The name of the level that was granted, or asked for."""
    return label(Level(row.granted_level) if row.granted_level else row.asked_level)


def version_url(row: Any) -> str:
    """The page of the certified version."""
    return f"/assets/{row.namespace}/{row.name}/versions/{quote(row.version, safe='')}"


def verify_url(row: Any) -> str:
    """Where anybody sees what a certificate is worth, as a whole address."""
    return f"{get_settings().site_url}/certificates/verify?number={row.number}"


def criteria(req: Context, row: Any) -> list[dict[str, Any]]:
    """One entry per criterion, in the profile's order."""
    wanted = {each["code"]: Criterion.model_validate(each) for each in row.criteria}
    return [_criterion(req, wanted[each.code], each) for each in queries.criteria_of(req.db, row.id)]


def _criterion(req: Context, want: Criterion, found: Any) -> dict[str, Any]:
    return {
        "code": want.code,
        "title": want.title(req.locale),
        "guide": want.guide(req.locale),
        "kind": want.kind,
        "required": label(want.required) if want.required else _("Not required"),
        "source": source_words(want.source),
        "bounds": bounds_words(want),
        "unit": unit_words(want),
        "is_measured": "least" in want.thresholds or "most" in want.thresholds,
        "verdict": found.verdict,
        "words": found_words(found),
        "note": found.note,
        "accepted": found.accepted,
        "measured": found.measured,
        "evidence": [_piece(**each) for each in found.evidence],
    }


def _piece(what: str, digest: str, url: str) -> dict[str, str]:
    """A piece of evidence, called in the reader's language."""
    return {"what": _(what) if what else "", "digest": digest, "url": url}


def history(req: Context, row: Any) -> list[dict[str, Any]]:
    """The states it went through, from the audit log; the last one is the present."""
    states = {f"certificate.{state.value}": state for state in CertificateState}
    titles = criterion_titles(row, req.locale)
    items = [
        {
            "label": label(states[event.verb]),
            "level": states[event.verb].level,
            "at": event.at,
            "detail": reason_words(event.reason or "", event.evidence, titles),
        }
        for event in of_object(req.db, "certificate", str(row.id))
        if event.verb in states
    ]
    if items:
        items[-1]["current"] = True
    return items


def criterion_titles(row: Any, locale: str) -> dict[str, str]:
    """Code of a criterion -> its title in a language."""
    return {each["code"]: each["title_en" if locale == "en" else "title_zh"] for each in row.criteria}


def reason_words(reason: str, evidence: Any = None, titles: Mapping[str, str] | None = None) -> str:
    """A reason: a message of the program with the criteria it names, or what a person wrote."""
    if not reason:
        return ""
    codes = [(titles or {}).get(code, code) for code in (evidence or {}).get("codes", [])]
    named = _("; ").join(codes)
    return _(reason) + (f" ({named})" if codes else "")
