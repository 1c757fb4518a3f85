"""The stylesheet keeps its promises: contrast, size, layers, nothing from elsewhere."""

import gzip
import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CSS = ROOT / "static" / "css"
SHEETS = ("tokens", "base", "layout", "components", "print")
BUDGET = 12 * 1024

TEXT, PART = 4.5, 3.0
"""WCAG 2.2: 1.4.3 text, 1.4.11 parts of controls and graphics."""

GROUNDS = ("bg", "surface", "sunken", "hover")
LEVELS = ("info", "good", "warn", "bad", "busy", "neutral", "accent")
PAIRS = [
    *[(ink, ground, TEXT) for ink in ("ink", "ink-2", "primary", "accent", "bad") for ground in GROUNDS],
    *[(level, f"{level}-soft", TEXT) for level in LEVELS],
    *[("ink", f"{level}-soft", TEXT) for level in LEVELS],
    ("ink-2", "info-soft", TEXT),
    ("primary", "info-soft", TEXT),
    ("visited", "bg", TEXT),
    ("good", "sunken", TEXT),
    ("busy", "sunken", TEXT),
    *[
        ("on-fill", fill, TEXT)
        for fill in ("primary-fill", "primary-fill-hover", "bad-fill", "bad-fill-hover")
    ],
    *[(ink, ground, TEXT) for ink in ("on-mast", "on-mast-2") for ground in ("mast", "mast-2")],
    *[("line-strong", ground, PART) for ground in GROUNDS],
    *[("focus", ground, PART) for ground in GROUNDS],
    *[("focus-mast", ground, PART) for ground in ("mast", "mast-2")],
    *[(f"series-{n}", ground, PART) for n in (1, 2, 3, 4) for ground in ("bg", "surface")],
    ("neat", "bg", PART),
    ("primary", "neutral-soft", PART),
]


def read(name: str) -> str:
    return (CSS / f"{name}.css").read_text(encoding="utf-8")


def colours() -> dict[str, tuple[str, str]]:
    """Token -> (light, dark)."""
    found = {}
    for name, value in re.findall(r"--([\w-]+):\s*([^;]+);", read("tokens")):
        hexes = re.findall(r"#[0-9a-f]{6}", value)
        if hexes:
            found[name] = (hexes[0], hexes[-1])
    return found


def luminance(colour: str) -> float:
    """Relative luminance of WCAG 2.2."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_the_measure_itself() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_every_pair_has_enough_contrast(theme: int) -> None:
    tokens = colours()
    weak = {
        f"{front} on {ground}": round(contrast(tokens[front][theme], tokens[ground][theme]), 2)
        for front, ground, least in PAIRS
        if contrast(tokens[front][theme], tokens[ground][theme]) < least
    }
    assert weak == {}


def test_every_colour_token_is_in_a_pair() -> None:
    decorative = {"line"}
    named = {name for front, ground, _least in PAIRS for name in (front, ground)}
    assert set(colours()) - named - decorative == set()


def test_tokens_used_are_defined() -> None:
    everything = "".join(map(read, SHEETS))
    defined = set(re.findall(r"(--[\w-]+)\s*:", everything))
    assert set(re.findall(r"var\((--[\w-]+)", everything)) - defined == set()


def test_it_stays_within_its_budget() -> None:
    size = sum(len(gzip.compress((CSS / f"{name}.css").read_bytes(), 9)) for name in SHEETS)
    assert size <= BUDGET


def test_everything_is_in_its_layer() -> None:
    order = re.search(r"@layer ([\w, ]+);", read("tokens"))
    assert order is not None
    assert order[1].split(", ") == list(SHEETS)
    for name in SHEETS:
        bare = re.sub(r"/\*.*?\*/|@layer [\w, ]+;", "", read(name), flags=re.DOTALL).strip()
        assert bare.startswith(f"@layer {name} {{"), name
        assert bare.count("{") == bare.count("}"), name


def test_nothing_comes_from_elsewhere_and_nothing_slants() -> None:
    everything = "".join(map(read, SHEETS))
    assert "url(" not in everything
    assert "@import" not in everything
    assert "@font-face" not in everything
    assert "italic" not in everything


def test_motion_is_only_for_those_who_did_not_refuse_it() -> None:
    outside = re.sub(
        r"@media \(prefers-reduced-motion: no-preference\) \{.*?\n  \}", "", read("base"), flags=re.DOTALL
    )
    rest = outside + "".join(map(read, ("layout", "components")))
    assert not re.search(r"(?<![a-z])(?:transition|animation|scroll-behavior):", rest)


@pytest.mark.parametrize("path", sorted((ROOT / "templates").rglob("*.html")), ids=lambda p: p.stem)
def test_templates_keep_the_content_policy(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"\sstyle\s*=", text)
    assert not re.search(r"<style", text)
    assert not re.search(r"<script(?![^>]*\ssrc=)[^>]*>", text)
    assert not re.search(r"\son[a-z]+\s*=\s*[\"']", text)
    assert not re.search(r"hx-on|javascript:|\bjs:", text)
    assert not re.search(r"(?:src|href)=[\"'](?:https?:)?//", text)


@pytest.mark.parametrize("path", sorted((ROOT / "static" / "js").glob("*.js")), ids=lambda p: p.stem)
def test_scripts_stay_small_and_make_no_code_from_text(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 100
    assert not re.search(r"\beval\(|new Function|innerHTML|outerHTML|document\.write|https?://", text)


def test_browser_files_are_locked_without_addresses() -> None:
    package = json.loads((ROOT / "package.json").read_text())
    lock_text = (ROOT / "package-lock.json").read_text()
    lock = json.loads(lock_text)["packages"]
    assert "://" not in lock_text
    assert "scripts" not in package
    wanted = package["dependencies"] | package["devDependencies"]
    assert {name: lock[f"node_modules/{name}"]["version"] for name in wanted} == wanted
    assert all(entry["integrity"].startswith("sha512-") for path, entry in lock.items() if path)
    for item in json.loads((ROOT / "static" / "vendor.json").read_text()):
        assert item["from"].split("/")[1] in package["dependencies"]
        assert item["to"].startswith("static/vendor/")


@pytest.mark.parametrize("path", sorted((ROOT / "static" / "img").glob("*.svg")), ids=lambda p: p.stem)
def test_own_drawings_carry_no_script(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text) < 16_000
    assert not re.search(r"<script|<foreignObject|\son[a-z]+=|xlink|href|style=", text)
