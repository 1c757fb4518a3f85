"""Resolve every list of packages anew and write its lock file with hashes and without any index address.

Asks the registries the user's pip is set up for. Usage: lock.py [NAME...], such as run, dev, geo; all without a name.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = (ROOT / "requirements", ROOT / "registry" / "sandbox" / "runtimes")
ORDER = ("run", "dev", "node")  # dev is constrained by run


def main(names: list[str]) -> None:
    """Write the lock files of the named lists (all of them without a name), then package-lock.json."""
    sources = [path for folder in FOLDERS for path in sorted(folder.glob("*.in"))]
    sources.sort(
        key=lambda path: (path.stem not in ORDER, ORDER.index(path.stem) if path.stem in ORDER else 0)
    )
    for source in sources:
        if not names or source.stem in names:
            compile_one(source)
    if (not names or "npm" in names) and (npm := shutil.which("npm")):
        run([npm, "install", "--package-lock-only", "--ignore-scripts", "--no-audit", "--no-fund",
             "--omit-lockfile-registry-resolved"], ROOT)  # fmt: skip


def compile_one(source: Path) -> None:
    """Lock one list. The comment lines at the head of an existing lock are kept."""
    lock = source.with_suffix(".txt")
    head = _head(lock)
    uv = Path(sys.executable).parent / "uv"
    run([uv, "pip", "compile", "--quiet", "--upgrade", "--no-header", "--no-annotate", "--generate-hashes",
         "--universal", "--python-version", "3.11", "--no-emit-index-url", "--no-emit-find-links",
         *_indexes(), source.name, "-o", lock.name], source.parent)  # fmt: skip
    lock.write_text(head + lock.read_text())
    print(f"lock: {lock.relative_to(ROOT)}", flush=True)


def _head(lock: Path) -> str:
    if not lock.exists():
        return ""
    lines = lock.read_text().splitlines(keepends=True)
    count = next((n for n, line in enumerate(lines) if not line.startswith("#")), len(lines))
    return "".join(lines[:count])


def _indexes() -> list[str]:
    """The user's pip settings as arguments of uv, which does not read them itself."""
    code = "import json; from pip._internal.configuration import Configuration as C\n"
    code += "c = C(isolated=False); c.load(); print(json.dumps(dict(c.items())))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    names = {key.rpartition(".")[2]: value for key, value in json.loads(done.stdout).items()}
    arguments = ["--native-tls"]
    if names.get("index-url"):
        arguments += ["--default-index", names["index-url"]]
    for url in names.get("extra-index-url", "").split():
        arguments += ["--index", url]
    for place in names.get("find-links", "").split():
        arguments += ["--find-links", place]
    return arguments


def run(command: list[str | Path], folder: Path) -> None:
    """Run a command; its failure ends the locking."""
    if subprocess.run(command, cwd=folder, check=False, env=os.environ).returncode != 0:
        sys.exit(f"lock: failed in {folder}")


if __name__ == "__main__":
    main(sys.argv[1:])
