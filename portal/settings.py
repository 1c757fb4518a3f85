"""Every setting of the portal: one class, read from the environment with the prefix ``CSPON_``."""

from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """What an operator may set. ``docs/operator.md`` documents each field; a test compares the two."""

    model_config = SettingsConfigDict(env_prefix="CSPON_", env_file=None, extra="ignore")

    home: Path = Field(default=ROOT / "var", description="Folder of everything the portal keeps on disk.")
    database_url: str | None = Field(
        default=None, description="PostgreSQL >= 15; empty: the embedded server."
    )
    host: str = Field(default="127.0.0.1", description="Address the web process listens on.")
    port: int = Field(default=8000, ge=1, le=65535, description="Port the web process listens on.")
    public_url: str | None = Field(default=None, description="Address users type; needed behind a proxy.")
    secret_key: str | None = Field(
        default=None, description="Key under which readers are counted; empty: made once under home."
    )
    keys_dir: Path | None = Field(
        default=None, description="Folder of the keys that sign (log, statements); empty: keys under home."
    )
    log_names_days: int = Field(
        default=365,
        ge=180,
        description="The audit log keeps who acted for these days after the account was closed.",
    )
    demo: bool = Field(default=False, description="Mark the site as a demonstration in every footer.")
    site_name: str | None = Field(default=None, description="Name in the header instead of the product's.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(default="info", description="Log level.")

    store_url: str | None = Field(
        default=None, description="s3://bucket (with the S3 settings) or empty: a folder under home."
    )
    s3_endpoint: str | None = Field(default=None, description="host:port of the S3 service.")
    s3_access_key: str | None = Field(default=None, description="S3 access key.")
    s3_secret_key: str | None = Field(default=None, description="S3 secret key.")
    s3_secure: bool = Field(default=True, description="Speak TLS to the S3 service.")
    s3_region: str | None = Field(default=None, description="S3 region, where the service wants one.")
    s3_public_endpoint: str | None = Field(
        default=None,
        description="https://host of the S3 service for clients: large files then pass the portal by. Empty: never.",
    )
    upload_session_h: int = Field(
        default=72,
        ge=1,
        description="An upload in parts is given up when nothing came for this time (hours).",
    )
    store_sweep_after_h: int = Field(
        default=24, ge=1, description="Stored files that nothing refers to go after this time (hours)."
    )
    store_verify_mb: int = Field(
        default=512, ge=0, description="Stored MiB that are hashed again every 10 minutes; 0: never."
    )

    smtp_host: str | None = Field(
        default=None, description="Mail server; empty: mail stays in the outbox page."
    )
    smtp_port: int = Field(default=587, description="Port of the mail server.")
    smtp_user: str | None = Field(default=None, description="User at the mail server.")
    smtp_password: str | None = Field(default=None, description="Password at the mail server.")
    smtp_starttls: bool = Field(default=True, description="Upgrade the mail connection to TLS.")
    mail_from: str = Field(default="noreply@cspon.invalid", description="Sender of the portal's mail.")

    sandbox_weak: bool = Field(
        default=False, description="Run submissions without an outer memory limit; every result then says so."
    )
    runtime_dir: Path | None = Field(default=None, description="Where runtimes are built; empty: chosen.")
    worker_name: str = Field(
        default="",
        max_length=120,
        description="Lasting name of this worker, by which a drain holds over restarts; empty: host and queues.",
    )
    worker_slots: int = Field(default=2, ge=1, le=64, description="Evaluations one worker runs at a time.")
    worker_warm: int = Field(
        default=1024,
        ge=0,
        description="Memory that jails started ahead may hold (MiB); 0: none is started ahead.",
    )
    worker_min_free_gb: float = Field(
        default=5.0, ge=0, description="A worker claims nothing below this disk space."
    )
    lease_s: float = Field(default=45.0, ge=1, description="An attempt whose lease is this old is lost.")
    heartbeat_s: float = Field(default=10.0, ge=0.1, description="How often a worker renews a lease.")

    session_idle_min: int = Field(
        default=30, ge=1, description="A session ends after this idle time (minutes)."
    )
    session_max_h: int = Field(
        default=12, ge=1, description="A session ends after this time at the latest (hours)."
    )
    second_factor: Literal["required", "optional"] = Field(
        default="required", description="Whether publishers and role holders must pass a second factor."
    )
    api_per_minute: int = Field(
        default=1200,
        ge=0,
        description="Requests one access token may make in a minute; 0: as many as it likes.",
    )
    max_upload_mb: int = Field(default=2048, ge=1, description="Largest file that may be uploaded (MiB).")
    max_unpacked_mb: int = Field(default=4096, ge=1, description="Largest unpacked archive (MiB).")
    user_quota_gb: float = Field(default=20.0, gt=0, description="Stored bytes one namespace may own (GiB).")
    gate_answer_days: int = Field(
        default=30, ge=1, description="An unanswered request for gated files ends after these days."
    )
    gate_again_days: int = Field(
        default=7, ge=0, description="Days after a refusal before the same reader may ask again."
    )
    report_days: int = Field(
        default=7, ge=1, description="A report of misuse not decided after these days is passed on, once."
    )
    certificate_request_days: int = Field(
        default=30,
        ge=1,
        description="A request for certification that nobody takes in hand ends after these days.",
    )
    certificate_assess_days: int = Field(
        default=60, ge=1, description="An assessment that nobody decides ends after these days."
    )
    certificate_remind_days: int = Field(
        default=7, ge=0, description="Days before a certification deadline at which people are reminded."
    )
    similar_min_uses: int = Field(
        default=10, ge=1, description="Names near to assets with so many downloads and likes are asked about."
    )
    trials_per_day: int = Field(
        default=20,
        ge=0,
        le=1000,
        description="Versions one member may try in a day; 0: trials are switched off.",
    )
    trials_keep_h: int = Field(
        default=24,
        ge=1,
        le=720,
        description="Input and answer of a trial are deleted after this time (hours).",
    )
    transfer_days: int = Field(
        default=14, ge=1, description="An offered transfer of an asset ends after these days."
    )
    organisation_link_days: int = Field(
        default=30, ge=1, description="A proposal for the tree of organisations lapses after these days."
    )
    expert_confirm_days: int = Field(
        default=14, ge=1, description="Days for a person or an organisation to answer a nomination."
    )
    expert_admit_days: int = Field(
        default=30,
        ge=1,
        description="Days for the secretariat to admit an expert; reminded once, then it lapses.",
    )
    expert_again_days: int = Field(
        default=30, ge=0, description="Days after an unsuccessful nomination before the next one."
    )
    expert_check_days: int = Field(
        default=365, ge=1, description="An expert's profile is checked again after these days."
    )
    expert_check_answer_days: int = Field(
        default=30, ge=1, description="Days to answer a re-check; then the expert is paused."
    )
    expert_pause_days: int = Field(
        default=365,
        ge=1,
        description="Longest pause of an expert; one after an unanswered re-check ends outside.",
    )
    advice_route_days: int = Field(
        default=7,
        ge=1,
        description="Days for the secretariat to route a question; reminded once, then it ends.",
    )
    advice_answer_days: int = Field(default=14, ge=1, description="Days for experts to answer a question.")
    advice_close_days: int = Field(
        default=30, ge=1, description="An answered question is closed after these days."
    )
    handling_days: int = Field(
        default=15,
        ge=1,
        description="Days to decide an objection, a report of an approach or an appeal; then it goes to the auditors.",
    )
    holidays_file: Path | None = Field(
        default=None,
        description="File of extra days off and working days: notices of years the package does not know.",
    )
    province_boundaries: Path | None = Field(
        default=None,
        description="GeoJSON of provincial boundaries for the map of adoption; without it a schematic of tiles.",
    )
    province_boundaries_note: str = Field(
        default="", description="Source, licence and review number of that file, shown below the map."
    )
    db_pool: int = Field(default=10, ge=1, description="Database connections of one process.")

    @field_validator("database_url")
    @classmethod
    def _psycopg3(cls, value: str | None) -> str | None:
        """Name the driver: a bare ``postgresql://`` means different drivers to different SQLAlchemy versions."""
        if not value:
            return None
        for prefix in ("postgresql://", "postgres://"):
            if value.startswith(prefix):
                return "postgresql+psycopg://" + value.removeprefix(prefix)
        if not value.startswith("postgresql+psycopg://"):
            raise ValueError(
                "CSPON_DATABASE_URL must start with postgresql:// (PostgreSQL is the only database)"
            )
        return value

    @field_validator("home", "keys_dir", "runtime_dir", "holidays_file")
    @classmethod
    def _absolute(cls, value: Path | None) -> Path | None:
        return value.expanduser().resolve() if value else None

    @property
    def site_url(self) -> str:
        """The address to put into mail and links outside a request."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """The settings of this process, read once; tests call ``get_settings.cache_clear()``."""
    return Settings()
