"""Tables of assets."""

import datetime as dt
import uuid
from enum import StrEnum

from sqlalchemy import Index, Integer, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field, SQLModel

from portal.kit.i18n import N_
from portal.kit.similar import Likeness
from portal.kit.tables import StampedTable, Table, enum_field, instant_field


class AssetKind(StrEnum):
    """The seven kinds of DOMAIN 1."""

    model = "model"
    algorithm = "algorithm"
    tool = "tool"
    dataset = "dataset"
    benchmark = "benchmark"
    paper = "paper"
    report = "report"

    @property
    def label(self) -> str:
        """Message id of the kind's name."""
        return {
            "model": N_("Model"),
            "algorithm": N_("Algorithm"),
            "tool": N_("Tool"),
            "dataset": N_("Dataset"),
            "benchmark": N_("Benchmark"),
            "paper": N_("Paper"),
            "report": N_("Monitoring report"),
        }[self.value]


EXECUTABLE = frozenset({AssetKind.model, AssetKind.algorithm, AssetKind.tool})
"""Kinds whose versions may be evaluated."""


class Scenario(StrEnum):
    """Application scenarios (应用场景) of DOMAIN 1."""

    safety_baseline = "safety_baseline"
    plan_transmission = "plan_transmission"
    implementation_assessment = "implementation_assessment"
    pattern_optimisation = "pattern_optimisation"
    green_low_carbon = "green_low_carbon"
    strategic_support = "strategic_support"
    public_service = "public_service"

    @property
    def label(self) -> str:
        """Message id of the scenario's name."""
        return {
            "safety_baseline": N_("Safety baseline control"),
            "plan_transmission": N_("Plan transmission control"),
            "implementation_assessment": N_("Plan implementation assessment"),
            "pattern_optimisation": N_("Spatial pattern optimisation"),
            "green_low_carbon": N_("Green and low-carbon"),
            "strategic_support": N_("Support of major strategies"),
            "public_service": N_("Public service"),
        }[self.value]


class RelationKind(StrEnum):
    """How one asset is related to another."""

    based_on = "based_on"
    uses = "uses"
    uses_data = "uses_data"
    describes = "describes"
    described_by = "described_by"
    evaluated_on = "evaluated_on"
    supersedes = "supersedes"

    @property
    def label(self) -> str:
        """Message id of the relation's name."""
        return {
            "based_on": N_("Based on"),
            "uses": N_("Uses"),
            "uses_data": N_("Uses data"),
            "describes": N_("Describes"),
            "described_by": N_("Described by"),
            "evaluated_on": N_("Evaluated on"),
            "supersedes": N_("Supersedes"),
        }[self.value]

    @property
    def inverse(self) -> str:
        """Message id of the relation as the other asset would name it."""
        return {
            "based_on": N_("Basis of"),
            "uses": N_("Used by"),
            "uses_data": N_("Data used by"),
            "describes": N_("Described by"),
            "described_by": N_("Describes"),
            "evaluated_on": N_("Evaluation of"),
            "supersedes": N_("Superseded by"),
        }[self.value]


class Asset(StampedTable, table=True):
    """Anything shared, ``namespace/name``. ``published_at``-like facts are kept here for lists (no joins per row)."""

    __tablename__ = "asset"
    __table_args__ = (
        UniqueConstraint("namespace_id", "name"),
        # One per order of the list, over all assets: readers who are signed in see their own hidden ones between.
        Index("ix_asset_by_updated", text("updated_at DESC"), text("id DESC")),
        Index("ix_asset_by_name", "sort_key", "id"),
        Index("ix_asset_by_downloads", text("downloads DESC"), text("id DESC")),
        Index("ix_asset_by_likes", text("likes DESC"), text("id DESC")),
        Index("ix_asset_hidden", "namespace_id", postgresql_where=text("NOT is_public")),
        Index(
            "ix_asset_kind_updated",
            "kind",
            text("updated_at DESC"),
            text("id DESC"),
            postgresql_where=text("is_public"),
        ),
    )

    namespace_id: uuid.UUID = Field(foreign_key="namespace.id", index=True)
    name: str = Field(max_length=60)
    kind: AssetKind = enum_field(AssetKind, name="kind")
    title: str = Field(max_length=200)
    title_en: str = Field(default="", max_length=200)
    sort_key: str = Field(max_length=800)
    summary: str = Field(default="", max_length=500)
    summary_en: str = Field(default="", max_length=500)
    licence: str = Field(max_length=120)
    """SPDX licence expression in canonical form; mandatory."""
    card: str = Field(default="")
    """Markdown with optional YAML front matter."""
    is_public: bool = Field(default=False)
    """True from the first published version on (and while one is not yanked): the asset is then visible to all."""
    latest_version: str = Field(default="", max_length=40)
    downloads: int = Field(default=0)
    """Readers and days: one reader counts once a day (``registry.versions.actions.count_download``)."""
    robot_downloads: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    """The same for automated traffic, kept apart."""
    likes: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    topics: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    """Discussions that were not removed."""
    withheld: bool = Field(default=False, sa_column_kwargs={"server_default": "false"})
    """The secretariat has taken it out of sight while a report is examined; its publishers and deciders see it."""
    gated: bool = Field(default=False, sa_column_kwargs={"server_default": "false"})
    """Whether files are for readers whose request was approved only (``registry.gates`` keeps the terms)."""
    doi: str = Field(default="", max_length=220, sa_column_kwargs={"server_default": ""})
    cstr: str = Field(default="", max_length=150, sa_column_kwargs={"server_default": ""})
    """Persistent identifiers in canonical form (see ``publication``)."""
    year: int | None = Field(default=None)
    venue: str = Field(default="", max_length=200, sa_column_kwargs={"server_default": ""})
    region_code: str = Field(default="", max_length=6, sa_column_kwargs={"server_default": ""})
    """Division code of GB/T 2260: what a monitoring report covers, in ``period_from`` to ``period_to``."""
    region: str = Field(default="", max_length=100, sa_column_kwargs={"server_default": ""})
    period_from: dt.date | None = Field(default=None)
    period_to: dt.date | None = Field(default=None)
    map_review_no: str = Field(default="", max_length=40, sa_column_kwargs={"server_default": ""})
    """Number of the map review (审图号); without it every map says that it is illustrative."""
    data_level: str = Field(default="", max_length=20, sa_column_kwargs={"server_default": ""})
    """``levels.DataLevel`` as its owner set it; empty: the card's word counts (see ``levels.level_of``)."""
    demo: bool = False
    created_by: uuid.UUID = Field(foreign_key="account.id", index=True)


class AssetText(SQLModel, table=True):
    """The text of an asset's public documents, searched as substrings; written when their previews are ready."""

    __tablename__ = "asset_text"
    __table_args__ = (Index("ix_asset_text_grams", "grams", postgresql_using="gin"),)

    asset_id: uuid.UUID = Field(primary_key=True, foreign_key="asset.id", ondelete="CASCADE")
    version: str = Field(max_length=40)
    """The version the text is of: that of an older one is not searched."""
    text: str
    grams: list[int] = Field(sa_type=ARRAY(Integer))
    """Its pairs of characters (see ``queries.fulltext``)."""
    updated_at: dt.datetime = instant_field(default_now=True)


class AssetAlias(SQLModel, table=True):
    """A former address of an asset: it leads to the present one for ever, and nobody else can take it."""

    __tablename__ = "asset_alias"

    namespace_id: uuid.UUID = Field(foreign_key="namespace.id", primary_key=True)
    name: str = Field(max_length=60, primary_key=True)
    asset_id: uuid.UUID = Field(foreign_key="asset.id", index=True, ondelete="CASCADE")


class AssetAuthor(Table, table=True):
    """An author in the order given; a person of the portal where ``account_id`` is set."""

    __tablename__ = "asset_author"
    __table_args__ = (UniqueConstraint("asset_id", "position"),)

    asset_id: uuid.UUID = Field(foreign_key="asset.id", index=True, ondelete="CASCADE")
    position: int
    name: str = Field(max_length=100)
    affiliation: str = Field(default="", max_length=200)
    account_id: uuid.UUID | None = Field(default=None, foreign_key="account.id", index=True)


class AssetScenario(Table, table=True):
    """A scenario an asset serves."""

    __tablename__ = "asset_scenario"
    __table_args__ = (UniqueConstraint("asset_id", "scenario"),)

    asset_id: uuid.UUID = Field(foreign_key="asset.id", index=True, ondelete="CASCADE")
    scenario: Scenario = enum_field(Scenario, name="scenario", index=True)


class AssetTag(Table, table=True):
    """A free tag, lower-case."""

    __tablename__ = "asset_tag"
    __table_args__ = (UniqueConstraint("asset_id", "tag"),)

    asset_id: uuid.UUID = Field(foreign_key="asset.id", index=True, ondelete="CASCADE")
    tag: str = Field(max_length=40, index=True)


class AssetRelation(Table, table=True):
    """``asset_id`` stands in ``kind`` to ``other_id``."""

    __tablename__ = "asset_relation"
    __table_args__ = (UniqueConstraint("asset_id", "other_id", "kind"),)

    asset_id: uuid.UUID = Field(foreign_key="asset.id", index=True, ondelete="CASCADE")
    other_id: uuid.UUID = Field(foreign_key="asset.id", index=True, ondelete="CASCADE")
    kind: RelationKind = enum_field(RelationKind, name="kind")


class Lookalike(Table, table=True):
    """A new asset whose name is easily taken for that of a well-used one; its maker went on all the same."""

    __tablename__ = "asset_lookalike"
    __table_args__ = (UniqueConstraint("asset_id", "other_id"),)

    asset_id: uuid.UUID = Field(foreign_key="asset.id", index=True, ondelete="CASCADE")
    other_id: uuid.UUID = Field(foreign_key="asset.id", index=True, ondelete="CASCADE")
    kind: Likeness = enum_field(Likeness, name="kind")
    at: dt.datetime = instant_field(default_now=True)
