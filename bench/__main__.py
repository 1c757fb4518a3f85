"""``make bench``: all lines, one table, JSON in ``bench/out/``. ``python -m bench list detail`` runs some."""

import datetime as dt
import json
import os
import platform
import statistics
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table
from sqlmodel import Session

from bench.support import ROOT, Line, Server, database, free_port, uvicorn

NAMES = (
    "evaluation",
    "warm",
    "list",
    "mlflow",
    "detail",
    "jobs",
    "claims",
    "upload",
    "start",
    "scale",
    "matching",
    "audit",
    "node",
)


def main(wanted: list[str]) -> int:
    """Run the lines; 1 when a bound is not kept."""
    if unknown := set(wanted) - set(NAMES):
        raise SystemExit(f"unknown: {', '.join(sorted(unknown))}; there are: {', '.join(NAMES)}")
    # Programs are run as they are in use: compiled once, whatever the shell of a developer says.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    # PostgreSQL and the jails run as other users, who must be able to enter.
    with tempfile.TemporaryDirectory(prefix="cspon-bench-", dir="/var/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        _settings(folder)
        with database(folder / "home") as url:
            os.environ["CSPON_DATABASE_URL"] = url
            lines = _measure(wanted or list(NAMES), url, folder)
    _show(lines)
    _keep(lines)
    return 0 if all(line.holds for line in lines) else 1


def _settings(folder: Path) -> None:
    from portal.settings import get_settings
    from registry.sandbox.runtimes import default_root

    runtimes = os.environ.get("CSPON_RUNTIME_DIR") or str(default_root(get_settings().home))
    os.environ.update(CSPON_HOME=str(folder / "home"), CSPON_RUNTIME_DIR=runtimes)
    get_settings.cache_clear()


def _measure(wanted: list[str], url: str, folder: Path) -> list[Line]:
    from bench import claims, evaluation, jobs, matching, scale, start, warm

    home = folder / "home"
    lines: list[Line] = []
    if "evaluation" in wanted:
        lines.append(_said(evaluation.run(url, home, folder / "work")))
    if "warm" in wanted:
        lines += [_said(line) for line in warm.run(url, folder / "work")]
    if {"list", "mlflow", "detail", "upload"} & set(wanted):
        lines += _web(wanted, url, home)
    if "jobs" in wanted:
        lines.append(_said(jobs.run(url)))
    if "claims" in wanted:
        lines.append(_said(claims.run(url)))
    if "start" in wanted:
        lines.append(_said(start.run(url, str(home))))
    if "scale" in wanted:
        lines += map(_said, scale.run(folder))
    if "matching" in wanted:
        lines += map(_said, matching.run())
    return lines + _proof(wanted, url, folder)


def _proof(wanted: list[str], url: str, folder: Path) -> list[Line]:
    from bench import audit, node

    lines: list[Line] = []
    if "audit" in wanted:
        lines += map(_said, audit.run(url, folder))
    if "node" in wanted:
        lines += map(_said, node.run(folder))
    return lines


def _web(wanted: list[str], url: str, home: Path) -> list[Line]:
    from bench import content, mlflow_list, upload, web
    from portal.kit import db as kit_db

    kit_db.configure(url)
    with Session(kit_db.engine(), expire_on_commit=False) as db:
        filled = content.fill(db)
    env = {"CSPON_DATABASE_URL": url, "CSPON_HOME": str(home)}
    port = free_port()
    lines: list[Line] = []
    with Server(uvicorn("portal.asgi:create_app", port, "--factory"), port, "/assets?size=60", env):
        if "list" in wanted:
            lines.append(_said(web.run_list(port, env)))
        if "detail" in wanted:
            lines.append(_said(web.run_detail(port, filled.detail)))
        if "mlflow" in wanted:
            lines.append(_said(mlflow_list.run(port, filled.titles, Path("/var/tmp/cspon-bench"))))  # noqa: S108
    if "upload" in wanted:
        lines.append(_said(upload.run(env, filled.draft, filled.token)))
        lines.append(_said(upload.in_parts(env, filled.draft, filled.token)))
    return lines


def _said(line: Line) -> Line:
    print(f"{line.name}: {line.ratio:.2f}", file=sys.stderr, flush=True)
    return line


def _show(lines: list[Line]) -> None:
    table = Table("line", "against", "ours", "theirs", "ratio", "bound", "")
    for line in lines:
        # More than the two that are compared may have been noted with them.
        ours, theirs = (f"{statistics.median(values):,.3g}" for values in list(line.details.values())[:2])
        sign = ">=" if line.at_least else "<="
        verdict = "ok" if line.holds else "MISSED"
        table.add_row(
            line.name, line.against, ours, theirs, f"{line.ratio:.3g}", f"{sign} {line.bound:g}", verdict
        )
    Console(width=150).print(table)


def _keep(lines: list[Line]) -> None:
    out = ROOT / "bench" / "out"
    out.mkdir(parents=True, exist_ok=True)
    stamp = dt.datetime.now(dt.UTC)
    record = {
        "at": stamp.isoformat(),
        "machine": {
            "cores": os.cpu_count(),
            "python": platform.python_version(),
            "kernel": platform.release(),
        },
        "load": os.getloadavg(),
        "lines": [{**vars(line), "holds": line.holds} for line in lines],
    }
    (out / f"{stamp:%Y%m%dT%H%M%SZ}.json").write_text(json.dumps(record, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
