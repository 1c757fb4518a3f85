"""The list as a CSV file that spreadsheets open in Chinese and that cannot run formulas."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from portal.kit.clock import shanghai
from portal.kit.i18n import _, label
from portal.settings import get_settings

MAX_ROWS = 5000
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def safe_cell(value: object) -> str:
    """Text that a spreadsheet shows and never evaluates: a leading apostrophe before formula characters."""
    text = "" if value is None else str(value)
    return "'" + text if text.startswith(_FORMULA) else text


def to_csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """UTF-8 with a byte order mark (else spreadsheets guess the encoding), CRLF line ends (RFC 4180)."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([safe_cell(cell) for cell in header])
    for row in rows:
        writer.writerow([cell if isinstance(cell, int | float) else safe_cell(cell) for cell in row])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def assets_csv(rows: Iterable[Any]) -> bytes:
    """One line per asset."""
    header = [
        _("Name"), _("Kind"), _("Title"), _("English title"), _("Summary"), _("Licence"), _("Scenarios"), _("Tags"),
        _("Authors"), _("Newest version"), _("Downloads"), _("Changed"), _("Address"),
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
    ]  # fmt: skip
