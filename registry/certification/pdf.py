"""A certificate as PDF/A-2u, set by typst on a worker. What people wrote is data there, never markup."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from portal.kit.i18n import N_

TEMPLATE = Path(__file__).resolve().parent / "certificate.typ"
CHINESE = (
    "Noto Serif CJK SC", "Source Han Serif SC", "Source Han Serif CN", "Noto Sans CJK SC", "Source Han Sans SC",
    "Source Han Sans CN", "FandolSong", "AR PL UMing CN", "AR PL SungtiL GB", "WenQuanYi Zen Hei",
    "WenQuanYi Micro Hei",
)  # fmt: skip
"""Families under free licences that hold Chinese, the best for print first. None is brought along."""
MONO = "DejaVu Sans Mono"
"""Embedded in typst."""
NO_FONT = N_("No font with Chinese is installed on the worker; install one, such as fonts-noto-cjk.")


class NoFontError(RuntimeError):
    """There is no font to set Chinese with; ``args[0]`` is a message id. Boxes are never drawn instead."""


@dataclass(frozen=True)
class Order:
    """Everything that is printed, in one language."""

    title: str
    issuer: str
    heading: str
    number: str
    demo: str
    facts: list[tuple[str, str]]
    criteria_heading: str
    columns: tuple[str, str, str]
    criteria: list[tuple[str, str, str]]
    digests_heading: str
    digests: list[tuple[str, str]]
    check: str
    foot: str
    lang: str
    at: int
    """Seconds since 1970: the same order gives the same bytes."""


def fonts() -> list[str]:
    """The installed families that can be used, the best first."""
    import typst

    installed = set(typst.Fonts().families())
    return [each for each in CHINESE if each in installed]


def draw(order: Order, families: list[str] | None = None) -> bytes:
    """The document. `NoFontError` where no font holds Chinese."""
    import typst

    usable = fonts() if families is None else families
    if not usable:
        raise NoFontError(NO_FONT)
    data: dict[str, Any] = asdict(order) | {"fonts": usable[:1], "mono": MONO}
    made = typst.compile(
        TEMPLATE, format="pdf", pdf_standards=["a-2u"], timestamp=order.at,
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
    )  # fmt: skip
    return bytes(made)
