"""The policy and the option list: complete, digested, and missed where they are missing."""

import os
from pathlib import Path

import pytest

from registry.sandbox.backend import JailSpec, Limits
from registry.sandbox.binds import Bind
from registry.sandbox.detect import nsjail_binary
from registry.sandbox.nsjail import NsjailBackend, Powers, find_setpriv
from registry.sandbox.options import Frame, options, profile_digest
from registry.sandbox.policy import policy_text
from registry.sandbox.runtimes import Runtime
from registry.sandbox.workplace import Workplace
from tests.sandbox.attack_table import SMALL
from tests.sandbox.conformance import own_slot, run, spec_for

FRAME = Frame(Path("/host/out"), Path("/host/log"), uid=100_003, gid=100_003, metered=True)
RECOMMENDED = """
-Mo -q --log /host/log -u 1000:100003:1 -g 1000:100003:1 --hostname job --cwd /job -t 12 --rlimit_cpu 21 --rlimit_as inf
--rlimit_fsize 64 --rlimit_nofile 256 --rlimit_nproc 64 --rlimit_core 0 --rlimit_stack 8 --rlimit_memlock 64
--rlimit_msgqueue 0 --rlimit_rtprio 0 --iface_no_lo -R /dev/null -R /dev/zero -R /dev/urandom -R /dev/random
-B /host/out:/output -R /host/data:/data
-m none:/tmp:tmpfs:size=67108864,nr_inodes=4096,mode=1777 -m none:/job:tmpfs:size=67108864,nr_inodes=4096,mode=1777
-m none:/dev/shm:tmpfs:size=67108864,nr_inodes=256,mode=1777 -E OMP_NUM_THREADS=2 -E OPENBLAS_NUM_THREADS=2
-E PATH=/runtime/bin -E HOME=/job -E LC_ALL=C.UTF-8
"""


def spec(runtime: Runtime) -> JailSpec:
    limits = Limits(wall_s=10, threads=2)
    return JailSpec(runtime, ["python"], binds=[Bind(Path("/host/data"), "/data")], limits=limits)


def test_every_recommended_option_is_given(runtime: Runtime) -> None:
    given = f" {' '.join(options(spec(runtime), FRAME))} "
    words = RECOMMENDED.split()
    pairs = []
    for at, word in enumerate(words):
        if word.startswith("-"):
            value = words[at + 1] if at + 1 < len(words) and not words[at + 1].startswith("-") else ""
            pairs.append(f" {word} {value} ".replace("  ", " "))
    assert [pair for pair in pairs if pair not in given] == []
    for forbidden in (
        "--keep_env",
        "--keep_caps",
        "--disable_",
        "--proc_rw",
        "--rw ",
        "--skip_setsid",
        "--pass_fd",
    ):
        assert forbidden not in given


def test_without_a_memory_group_address_space_is_the_limit(runtime: Runtime) -> None:
    frame = Frame(Path("/o"), Path("/l"), uid=1, gid=1, metered=False)
    given = options(JailSpec(runtime, ["python"], limits=Limits(memory_bytes=300 << 20)), frame)
    assert given[given.index("--rlimit_as") + 1] == "300"


def test_the_digest_follows_policy_options_and_groups() -> None:
    text = policy_text(metered=True)
    first = profile_digest(text, metered=True, groups=["memory", "pids"])
    assert first == profile_digest(text, metered=True, groups=["pids", "memory"])
    others = {
        profile_digest(text + " ", metered=True, groups=["memory", "pids"]),
        profile_digest(text, metered=False, groups=["memory", "pids"]),
        profile_digest(text, metered=True, groups=["memory", "pids", "cpu"]),
    }
    assert len(others | {first}) == 4


class Toothless(NsjailBackend):
    """The same jail without its policy."""

    def __init__(self, work: Path) -> None:
        setpriv = find_setpriv()
        assert setpriv is not None
        super().__init__(
            nsjail_binary(), setpriv, Workplace(work), Powers(None, mounts=False, users=os.geteuid() == 0)
        )
        self._policy = "POLICY none { } USE none DEFAULT ALLOW"


@pytest.mark.parametrize(
    "program",
    ["net_netlink", "net_families", "net_listen", "priv_namespaces", "priv_keys", "priv_kernel", "priv_trace",
     "priv_mount", "priv_ids", "priv_tty", "output_special"],
)  # fmt: skip
def test_the_attackers_would_notice_a_missing_policy(
    program: str, work: Path, runtime: Runtime, target: Path
) -> None:
    toothless = Toothless(work / "toothless")
    found = run(toothless, spec_for(runtime, target, program, limits=SMALL), own_slot(44))
    assert "ESCAPED" in found.log
