"""Tables of scans."""

import datetime as dt
import uuid
from typing import Any

from sqlmodel import Field

from portal.kit.tables import Table, instant_field, json_field


class Scan(Table, table=True):
    """One scan of one version by one set of tools; the newest counts."""

    __tablename__ = "scan"

    version_id: uuid.UUID = Field(foreign_key="version.id", index=True, ondelete="CASCADE")
    created_at: dt.datetime = instant_field(default_now=True)
    verdict: str = Field(max_length=20)
    """``publish``, ``quarantine`` or ``reject``."""
    summary: str = Field(default="", max_length=500)
    """Message id of the reason."""
    tools: dict[str, Any] = json_field()
    file_count: int = 0
    left_out: int = 0
    """Findings beyond the cap, counted but not kept."""


class ScanFinding(Table, table=True):
    """One finding: which rule, in which file and line."""

    __tablename__ = "scan_finding"

    scan_id: uuid.UUID = Field(foreign_key="scan.id", index=True, ondelete="CASCADE")
    position: int
    rule: str = Field(max_length=60)
    severity: str = Field(max_length=10)
    path: str = Field(default="", max_length=500)
    line: int | None = None
    excerpt: str = Field(default="", max_length=300)
    params: dict[str, Any] = json_field()
