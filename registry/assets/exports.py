"""The list as a CSV file that spreadsheets open in Chinese and that cannot run formulas."""

from collections.abc import Iterable
from typing import Any

from portal.kit.clock import shanghai
from portal.kit.i18n import _, label
from portal.kit.text import to_csv
from portal.settings import get_settings
from registry.assets.publication import FIELDS

MAX_ROWS = 5000


def assets_csv(rows: Iterable[Any]) -> bytes:
    """One line per asset."""
    header = [
        _("Name"), _("Kind"), _("Title"), _("English title"), _("Summary"), _("Licence"), _("Scenarios"), _("Tags"),
        _("Authors"), _("Newest version"), _("Downloads"), _("Changed"), _("Address"),
        "DOI", "CSTR", _("Year"), _("Journal, conference or publisher"), _("Division code"), _("Region"),
        _("Period from"), _("Period to"), _("Map review number"), _("Data level"),
    ]  # fmt: skip
    return to_csv(header, (_line(row) for row in rows))


def _line(row: Any) -> list[object]:
    from registry.assets.models import Scenario

    full_name = f"{row.namespace}/{row.name}"
    return [
        full_name, label(row.kind), row.title, row.title_en, row.summary, row.licence,
        "; ".join(label(Scenario(item)) for item in row.scenarios), "; ".join(row.tags), "; ".join(row.authors),
        row.latest_version, row.downloads, shanghai(row.updated_at).strftime("%Y-%m-%d %H:%M"),
        f"{get_settings().site_url}/assets/{full_name}",
        *("" if (value := getattr(row, name)) is None else value for name in FIELDS),
    ]  # fmt: skip
