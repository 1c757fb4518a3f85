"""List messages that lack Chinese, ready to be put into a .po file, and Chinese that no message uses any more."""

import json
import sys
from collections import defaultdict
from pathlib import Path

from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent
TOPS = ("portal", "registry", "competitions", "standards", "cspon_node", "templates")
METHODS = [("**.py", "python"), ("**.html", "jinja2")]
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "N_": None}
Key = tuple[str, ...]


def used() -> dict[Key, list[str]]:
    """Every message of the code and the templates (singular and plural), with the places it is used in."""
    found: dict[Key, list[str]] = defaultdict(list)
    options = {"**.html": {"newstyle_gettext": "true"}}
    for top in TOPS:
        for file, line, message, *_rest in extract_from_dir(str(ROOT / top), METHODS, options, KEYWORDS):
            found[_key(message)].append(f"{top}/{file}:{line}")
    return found


def translated() -> dict[Key, str]:
    """Every message that has Chinese, with the file it is in."""
    found = {}
    for path in sorted((ROOT / "portal" / "locale" / "zh_Hans").glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale="zh_Hans"):
                if message.id and message.string:
                    found[_key(message.id)] = path.name
    return found


def _key(message: str | list[str] | tuple[str, ...]) -> Key:
    return (message,) if isinstance(message, str) else tuple(message)


def main() -> int:
    """Print both lists; 1 when Chinese is missing."""
    wanted, there = used(), translated()
    singular = {key[0] for key in there}
    missing = {key: places for key, places in wanted.items() if key[0] not in singular}
    for key, places in sorted(missing.items(), key=lambda item: item[1][0]):
        print(f"\n#: {places[0]}\nmsgid {json.dumps(key[0], ensure_ascii=False)}")
        if len(key) > 1:
            print(f'msgid_plural {json.dumps(key[1], ensure_ascii=False)}\nmsgstr[0] ""')
        else:
            print('msgstr ""')
    needed = {key[0] for key in wanted}
    for key, file in there.items():
        if key[0] not in needed:
            print(f"unused in {file}: {key[0]!r}", file=sys.stderr)
    print(f"{len(wanted)} messages, {len(missing)} without Chinese", file=sys.stderr)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
