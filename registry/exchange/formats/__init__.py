"""The formats an asset leaves in. Each is a pure function of a ``Record``."""

import json
from collections.abc import Callable
from dataclasses import dataclass

from portal.kit.clock import now
from portal.kit.i18n import N_
from registry.assets.models import AssetKind
from registry.exchange.formats.bibtex import bibtex
from registry.exchange.formats.cff import cff
from registry.exchange.formats.citation import apa7, gbt7714
from registry.exchange.formats.croissant import croissant
from registry.exchange.formats.datacite import datacite
from registry.exchange.formats.modelcard import model_card
from registry.exchange.record import Record

__all__ = ["CITATIONS", "DATA", "FORMATS", "Format", "apa7", "gbt7714"]

DATA = frozenset({AssetKind.dataset, AssetKind.benchmark})


@dataclass(frozen=True)
class Format:
    """A file that describes an asset: its name in addresses, what people call it, its type, and how it is written."""

    file: str
    title: str
    media_type: str
    write: Callable[[Record], str]
    kinds: frozenset[AssetKind] = frozenset(AssetKind)


def _json(value: object) -> str:
    """JSON that may also stand in a page: ``<`` and ``&`` cannot end or begin anything there."""
    text = json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026") + "\n"


FORMATS = {
    form.file: form
    for form in (
        Format("card.md", N_("Card with front matter"), "text/markdown", model_card),
        Format(
            "citation.gbt7714.txt",
            "GB/T 7714-2025",
            "text/plain",
            lambda record: gbt7714(record, now()) + "\n",
        ),
        Format("citation.apa.txt", "APA 7", "text/plain", lambda record: apa7(record) + "\n"),
        Format("citation.bib", "BibTeX", "application/x-bibtex", bibtex),
        Format("CITATION.cff", "CFF 1.2.0", "application/yaml", cff),
        Format(
            "datacite.json",
            "DataCite",
            "application/vnd.datacite.datacite+json",
            lambda r: _json(datacite(r)),
        ),
        Format("croissant.json", "Croissant 1.1", "application/ld+json", lambda r: _json(croissant(r)), DATA),
    )
}
"""By their name in addresses."""
CITATIONS = ("citation.gbt7714.txt", "citation.apa.txt", "citation.bib")
"""Those a page shows whole."""
