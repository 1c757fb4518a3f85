"""The manifest of a bundle, and what was withdrawn: plain dataclasses and their JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from cspon_node.formats.names import MANIFEST, WITHDRAWN, target_path


@dataclass(frozen=True)
class Subject:
    """The version: ``digest`` is that of its files (lines ``sha256  path`` in the order of the paths, as sha256sum)."""

    namespace: str
    name: str
    version: str
    kind: str
    submission: str
    """One of ``KINDS``: what the version is to the evaluator."""
    digest: str

    @property
    def asset(self) -> str:
        """``namespace/name``."""
        return f"{self.namespace}/{self.name}"

    @property
    def text(self) -> str:
        """``namespace/name@version``: how statements name it."""
        return f"{self.asset}@{self.version}"


@dataclass(frozen=True)
class Entry:
    """A file of the bundle by the name of its zip entry."""

    path: str
    sha256: str
    size: int
    role: str


@dataclass(frozen=True)
class Promotion:
    """Which promotion carries it, how far it is (stage), and the number of its step."""

    id: str
    stage: str
    step: int


@dataclass(frozen=True)
class Certificate:
    """The certificate in force when the bundle was made; ``expires_at`` is RFC 3339."""

    number: str
    level: str
    expires_at: str


@dataclass(frozen=True)
class Runtime:
    """The runtime by name (``geo-py311``); ``digest`` is the SHA-256 of its lock, the bundle's ``LOCK``."""

    name: str
    digest: str


@dataclass(frozen=True)
class Interface:
    """How it is run, said by the portal so that a node reads no YAML.

    ``how`` is ``command`` (``command``: words with ``$input``, ``$output``, ``$parameters``), ``model`` (``runner``:
    onnx, skops or pyfunc; ``model_io``: file, id, features, output, column; no features: every column but the id), or
    ``none``.
    """

    how: str = "none"
    command: Sequence[str] = ()
    runner: str = ""
    model_io: Mapping[str, Any] = field(default_factory=dict)
    inputs: Sequence[str] = ()
    """Files expected in the input folder."""
    outputs: Sequence[str] = ()
    """Files it leaves; others are kept too."""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    """Values where the user gives none."""
    limits: Mapping[str, float] = field(default_factory=dict)
    """time_s, memory_mb, threads, output_mb, output_files, log_kb; what is missing has this tool's default."""


@dataclass(frozen=True)
class LogRef:
    """The log by its origin and ``key`` (``name+hash+base64``, as a signed note's key is written)."""

    origin: str
    key: str


@dataclass(frozen=True)
class Keys:
    """Public keys (``ed25519:BASE64``) whose statements count. TUF has signed this list, hence it is trusted."""

    certificates: Sequence[str] = ()
    workers: Sequence[str] = ()
    promotion: Sequence[str] = ()


@dataclass(frozen=True)
class Manifest:
    """The bundle's manifest, in canonical JSON (RFC 8785). ``sequence`` grows with every bundle of the portal."""

    channel: str
    subject: Subject
    sequence: int
    made_at: str
    portal: str
    promotion: Promotion
    certificate: Certificate | None
    runtime: Runtime | None
    interface: Interface
    log: LogRef
    keys: Keys
    files: Sequence[Entry]
    """In the order of paths; everything but ``metadata/`` and ``targets/``."""

    @property
    def target(self) -> str:
        """Its own path as a TUF target."""
        return target_path(self.channel, self.subject.namespace, self.subject.name, self.subject.version)

    def below(self, role: str) -> list[Entry]:
        """The files of a role."""
        return [each for each in self.files if each.role == role]


@dataclass(frozen=True)
class Withdrawal:
    """One version that is not to be used any more. ``why``: suspended, rolled_back, retired, revoked, yanked."""

    namespace: str
    name: str
    version: str
    digest: str
    why: str
    at: str
    reason: str = ""


def manifest_json(manifest: Manifest) -> dict[str, Any]:
    """The manifest as JSON's types, ready for ``canonical``."""
    value: dict[str, Any] = {"format": MANIFEST, **plain(manifest)}
    return value


def withdrawn_json(sequence: int, made_at: str, rows: Sequence[Withdrawal]) -> dict[str, Any]:
    """``notices/withdrawn.json`` as JSON's types."""
    return {
        "format": WITHDRAWN,
        "sequence": sequence,
        "made_at": made_at,
        "withdrawn": [plain(row) for row in rows],
    }


def plain(value: Any) -> Any:
    """A dataclass as JSON's types, its fields as keys."""
    if hasattr(value, "__dataclass_fields__"):
        return {each.name: plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, Mapping):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return value
