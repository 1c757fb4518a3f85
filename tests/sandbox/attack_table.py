"""Every attack with the end it must come to."""

from dataclasses import dataclass, field

from registry.sandbox.backend import JailEnd, Limits

MIB = 1 << 20
OK, FAILED, TIMEOUT = JailEnd.OK, JailEnd.FAILED, JailEnd.TIMEOUT
MEMORY, LOG, OUTPUT = JailEnd.OUT_OF_MEMORY, JailEnd.LOG_OVERFLOW, JailEnd.OUTPUT_OVERFLOW

SMALL = Limits(
    wall_s=20, memory_bytes=256 * MIB, output_bytes=16 * MIB, output_files=200, log_bytes=256 * 1024
)
SHORT = Limits(wall_s=1.5, memory_bytes=256 * MIB, output_bytes=16 * MIB, output_files=200)


@dataclass(frozen=True)
class Attack:
    """``end`` on a strong host; ``weak`` are the ends that are allowed where memory and output are only watched."""

    program: str
    end: JailEnd = OK
    weak: frozenset[JailEnd] = frozenset()
    arguments: tuple[str, ...] = ()
    limits: Limits = SMALL
    refusal: str = ""  # what the collector says of the output
    log: str = ""  # what the log must hold
    strong_only_log: bool = field(
        default=False
    )  # the log's proof only holds where the output is a mount of its own

    @property
    def name(self) -> str:
        return "-".join((self.program, *self.arguments))


def _tries(*programs: str) -> list[Attack]:
    """Programs that try, are refused each time, and say so."""
    return [Attack(program, log="DONE") for program in programs]


def _ends(*kinds: JailEnd) -> frozenset[JailEnd]:
    return frozenset(kinds)


NETWORK = _tries(
    "net_tcp", "net_tcp6", "net_udp", "net_vsock", "net_netlink", "net_packet", "net_alg", "net_families",
    "net_unix", "net_dns", "net_listen",
)  # fmt: skip
HOST = _tries("host_files", "host_environ", "host_fds", "host_processes", "other_submissions", "label_search")
PRIVILEGES = [
    *_tries(
        "priv_mount", "priv_namespaces", "priv_trace", "priv_keys", "priv_kernel", "priv_ids", "priv_devices",
        "priv_tty", "priv_x32", "raise_limits", "write_readonly", "realtime",
    ),
    Attack("priv_i386", FAILED, log="trying"),
]  # fmt: skip
RESOURCES = [
    Attack("fork_bomb", TIMEOUT, limits=SHORT),
    *_tries("fork_count", "thread_bomb"),
    Attack("memory_bomb", MEMORY, weak=_ends(MEMORY, FAILED)),
    Attack("memory_children", MEMORY),
    Attack("memfd_bomb", MEMORY, weak=_ends(FAILED)),
    Attack("shm_bomb", MEMORY, weak=_ends(FAILED)),
    Attack("disk_fill", OUTPUT),
    Attack("inode_bomb", OUTPUT),
    *_tries("scratch_fill", "scratch_inodes", "sparse_file"),
    Attack("endless_output", LOG),
    Attack("endless_stderr", LOG),
    Attack("daemon", log="DONE"),
    Attack("deaf_sleep", TIMEOUT, limits=SHORT, log="deaf"),
    Attack("deaf_spin", TIMEOUT, limits=SHORT, log="deaf"),
    Attack("closed_streams", TIMEOUT, limits=SHORT),
]
_LINK = "plain files only"
TREES = [
    Attack("output_symlink", refusal=_LINK),
    Attack("output_symlink_folder", refusal=_LINK),
    Attack("output_hardlink", refusal=_LINK),
    Attack("output_special", log="DONE"),
    Attack("output_deep", OUTPUT, limits=Limits(wall_s=20, output_files=200)),
    Attack(
        "output_deep",
        limits=Limits(wall_s=20, output_files=2000),
        refusal="levels of folders",
        arguments=("many",),
    ),
    Attack("output_names", arguments=("bytes",), refusal="not UTF-8"),
    Attack("output_names", arguments=("control",), refusal="forbidden character"),
    Attack("output_names", arguments=("newline",), refusal="forbidden character"),
    Attack("output_names", arguments=("backslash",), refusal="forbidden character"),
    Attack("output_names", arguments=("direction",), refusal="forbidden character"),
    Attack("output_names", arguments=("long",), refusal="longer than"),
    Attack("output_names", arguments=("case",), refusal="differ only in case"),
    Attack("output_zip"),
    Attack("output_closed"),
    Attack("output_setuid", limits=Limits(wall_s=20, output_bytes=64 * MIB)),
    Attack("run_output", log="DONE", strong_only_log=True, limits=Limits(wall_s=20, output_bytes=64 * MIB)),
]
ATTACKS = [*NETWORK, *HOST, *PRIVILEGES, *RESOURCES, *TREES]

# What `strict_json.read_scores` (or the collector) says of each forged file of scores.
FORGERIES = {
    "nan": "not a number that a score can be",
    "infinity": "not a number that a score can be",
    "minus_infinity": "not a number that a score can be",
    "overflow": "too large",
    "huge": "too large",
    "digits": "too large",
    "duplicate": "appears twice",
    "boolean": "not a number",
    "text": "not a number",
    "null": "not a number",
    "extra": "undeclared names: rank",
    "missing": "lack f1",
    "list": "must be one JSON object",
    "empty": "not JSON",
    "deep": "nested deeper",
    "nul": "forbidden character",
    "surrogate": "forbidden character",
    "comment": "not JSON",
    "two": "not JSON",
    "giant": "larger than",
    "symlink": _LINK,
    "folder": _LINK,
    "latin1": "not UTF-8",
    "bom": "not JSON",
    "absent": "has no scores.json",
}
