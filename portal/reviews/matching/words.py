"""Texts of Chinese and English as countable terms: words, and pairs of characters for words no dictionary knows."""

import re
import unicodedata
from functools import cache
from pathlib import Path

from rjieba import Jieba

CHINESE = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]+")
WORD = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]+|[a-z][a-z0-9]+(?:[-'][a-z0-9]+)*")
TERMS = Path(__file__).parent / "terms.txt"
OFTEN = 20_000  # the frequency of our terms in the dictionary: above that of their parts
# Words that say how a text is made and not what it is about; rarity takes care of the rest.
EMPTY = frozenset((Path(__file__).parent / "empty_words.txt").read_text(encoding="utf-8").split())


@cache
def _cutter() -> Jieba:
    cutter = Jieba()
    for line in TERMS.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            cutter.add_word(line, OFTEN, "n")
    return cutter


def normal(text: str) -> str:
    """The text in one width and one case (NFKC, case folded)."""
    return unicodedata.normalize("NFKC", text).casefold()


def words(text: str) -> list[str]:
    """The words of a text, those inside of long Chinese terms too. Single characters are left out."""
    found = []
    for run in WORD.findall(normal(text)):
        parts = _cutter().cut_for_search(run) if CHINESE.match(run) else [run]
        found += [part for part in parts if len(part) > 1 and part not in EMPTY]
    return found


def bigrams(text: str) -> list[str]:
    """Every two neighbouring Chinese characters; words in Latin letters whole."""
    found = []
    for run in WORD.findall(normal(text)):
        if CHINESE.match(run):
            found += [run[at : at + 2] for at in range(len(run) - 1)]
        elif run not in EMPTY:
            found.append(run)
    return found
