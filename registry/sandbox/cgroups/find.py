"""Finds our own control group on this host, whichever version it has."""

from pathlib import Path

from registry.sandbox.cgroups.base import Tree
from registry.sandbox.cgroups.v1 import TreeV1
from registry.sandbox.cgroups.v2 import TreeV2
from registry.sandbox.mounts import unescape


def own_folder_of(path: str, root: str, mount: Path) -> Path:
    """The folder of the group ``path`` where its hierarchy's ``root`` is mounted at ``mount``.

    In a container without a cgroup namespace both name the host's paths; with one, ``path`` is relative
    to the root.
    """
    relative = path
    if root != "/" and (path == root or path.startswith(root + "/")):
        relative = path[len(root) :]
    parts = [part for part in relative.split("/") if part]
    if ".." in parts:  # we live outside what is mounted here
        return mount
    folder = mount.joinpath(*parts)
    return folder if folder.is_dir() else mount


def _mounts(mountinfo: str) -> tuple[dict[str, tuple[str, Path]], tuple[str, Path] | None]:
    """Controller -> (root, mount point) of version 1, and the same of version 2."""
    first: dict[str, tuple[str, Path]] = {}
    second = None
    for line in mountinfo.splitlines():
        left, _, right = line.partition(" - ")
        fields, (kind, _, options) = left.split(" "), right.split(" ", 2)
        place = (unescape(fields[3]), Path(unescape(fields[4])))
        if kind == "cgroup":
            first.update((option, place) for option in options.split(","))
        elif kind == "cgroup2":
            second = second or place
    return first, second


def locate(cgroup: str, mountinfo: str) -> Tree | None:
    """The tree for the texts of ``/proc/self/cgroup`` and ``/proc/self/mountinfo``; None when neither
    version serves."""
    first, second = _mounts(mountinfo)
    paths: dict[str, str] = {}
    for line in cgroup.splitlines():
        _, names, path = line.split(":", 2)
        paths.update((name, path) for name in names.split(","))
    if all(name in first and name in paths for name in ("memory", "pids")):
        own = {name: own_folder_of(paths[name], *first[name]) for name in first if name in paths}
        return TreeV1(own, {name: place[1] for name, place in first.items()})
    if second is not None and "" in paths:
        return TreeV2(own_folder_of(paths[""], *second), second[1])
    return None


def find_tree() -> Tree:
    """Our tree, prepared and tried out; OSError with the kernel's reason when job groups cannot be made."""
    tree = locate(
        Path("/proc/self/cgroup").read_text(encoding="utf-8"),
        Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="surrogateescape"),
    )
    if tree is None:
        raise OSError("no memory and pids control groups are mounted")
    if isinstance(tree, TreeV2):
        tree.prepare()
    return tree
