"""Find a Chromium for the browser tests, or get one. Prints its path; ``find`` is what tests import."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
OVERRIDE = "CSPON_BROWSER"


def find() -> str | None:
    """Path of a browser that starts: the one named by CSPON_BROWSER, one in PATH, or Playwright's own."""
    named = os.environ.get(OVERRIDE)
    candidates = [named] if named else [*filter(None, map(shutil.which, NAMES)), *_playwrights()]
    return next((path for path in candidates if path and _starts(path)), None)


def _playwrights() -> list[str]:
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return []
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return [path] if Path(path).exists() else []


def _starts(path: str) -> bool:
    try:
        return (
            subprocess.run([path, "--version"], capture_output=True, timeout=60, check=False).returncode == 0
        )
    except (OSError, subprocess.TimeoutExpired):
        return False


def get() -> str | None:
    """A browser, fetched by Playwright or (as root on Debian) by apt-get where none is there."""
    _fonts()
    if found := find():
        return found
    _try([sys.executable, "-m", "playwright", "install", "--with-deps" if _is_root() else "", "chromium"])
    if found := find():
        return found
    if _is_root() and shutil.which("apt-get"):
        _try(["apt-get", "update", "-qq"])
        _try(["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"])
    return find()


def _fonts() -> None:
    """Chinese fonts for photographs and certificates, where apt-get may install them and there are none."""
    here = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"))
    there = any(True for folder in here for _font in folder.rglob("*CJK*"))
    if not there and _is_root() and shutil.which("apt-get"):
        _try(["apt-get", "update", "-qq"])
        _try(["apt-get", "install", "-y", "-qq", "--no-install-recommends", "fonts-noto-cjk"])


def _is_root() -> bool:
    return os.geteuid() == 0


def _try(command: list[str]) -> None:
    command = [word for word in command if word]
    print(f"browser: {' '.join(command)}", file=sys.stderr, flush=True)
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        subprocess.run(
            command, check=False, stdin=subprocess.DEVNULL, stdout=sys.stderr, env=env, timeout=900
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        print(f"browser: {error}", file=sys.stderr)


if __name__ == "__main__":
    browser = get()
    if browser is None:
        sys.exit(
            "The browser tests need Chromium, and none could be had. Install it (Debian: apt-get install chromium; "
            f"or `.venv/bin/playwright install chromium`), or name one with {OVERRIDE}=/path/to/chromium."
        )
    print(browser)
