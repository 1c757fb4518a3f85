"""How well every expert fits every submission, and why: offline, without chance, from texts, codes and preferences."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.feature_extraction.text import TfidfVectorizer

from portal.reviews.matching.codes import (
    Match,
    kinship,
    match_codes,
    match_keywords,
    plain_code,
    plain_keyword,
)
from portal.reviews.matching.problem import Pair
from portal.reviews.matching.words import bigrams, words

Matrix = npt.NDArray[np.float32]
UNKNOWN = 0.5  # the affinity of a submission about which nothing is known, to everybody


@dataclass(frozen=True, slots=True)
class Profile:
    """What is known of a submission, or of an expert: own words and publications, keywords, discipline codes."""

    title: str = ""
    abstract: str = ""
    keywords: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """All words; title and keywords say more than the abstract and count twice."""
        return "\n".join([self.title, self.title, *self.keywords, *self.keywords, self.abstract])


@dataclass(frozen=True, slots=True)
class Weights:
    """What counts how much. Where a channel is empty on either side of a pair the others share its weight.

    ``text`` is the cosine of TF-IDF, ``words`` parts by words to ``bigrams`` parts by character pairs, where ``full``
    and above counts as 1: texts about the same thing rarely share more. ``codes`` and ``keywords``: the share of what
    the submission names. ``preference``: what the expert said about the submission.
    """

    text: float = 0.5
    codes: float = 0.15
    keywords: float = 0.15
    preference: float = 0.2
    words: float = 0.6
    bigrams: float = 0.4
    full: float = 0.5


@dataclass(frozen=True, slots=True)
class Term:
    """A term that both texts have, and what it adds to the affinity."""

    text: str
    contribution: float


@dataclass(frozen=True, slots=True)
class Why:
    """Why an expert has the affinity ``value`` to a submission.

    ``parts``: by channel (text, codes, keywords, preference) what it adds; they add up to ``value``. ``terms``: by
    words and bigrams, the strongest first, a word inside of a longer one counted with it; all of them, the cut at
    ``full`` aside, add up to the part of the text. ``neutral``: nothing could be compared, and the value is the mean
    of the submission's known ones.
    """

    value: float
    neutral: bool
    parts: Mapping[str, float]
    terms: Mapping[str, tuple[Term, ...]]
    codes: tuple[Match, ...]
    keywords: tuple[Match, ...]


@dataclass(frozen=True, eq=False)
class _Texts:
    """TF-IDF of both sides in one channel; rows have length 1, or 0 where there is no term."""

    names: npt.NDArray[Any]
    submissions: Any
    experts: Any

    def cosine(self) -> Matrix:
        return np.asarray((self.submissions @ self.experts.T).toarray(), dtype=np.float32)

    def known(self) -> npt.NDArray[np.bool_]:
        """Pairs in which both sides have terms."""
        here, there = (np.diff(side.indptr) > 0 for side in (self.submissions, self.experts))
        return np.asarray(here[:, None] & there[None, :], dtype=np.bool_)

    def shared(self, i: int, j: int) -> list[tuple[str, float]]:
        """Terms of both and their parts of the cosine, the largest first."""
        product = (self.submissions[[i]].multiply(self.experts[[j]])).tocoo()
        found = [
            (str(self.names[at]), float(part)) for at, part in zip(product.col, product.data, strict=True)
        ]
        return sorted(found, key=lambda row: (-row[1], row[0]))


@dataclass(frozen=True, eq=False)
class Affinity:
    """``matrix``: (submissions, experts), float32 in [0, 1].

    ``silent_submissions``, ``silent_experts``: those nothing can be compared of; they have a neutral affinity, the mean
    of the submission's known ones, so that an empty profile neither wins nor loses.
    """

    matrix: Matrix
    silent_submissions: tuple[int, ...]
    silent_experts: tuple[int, ...]
    _source: "_Source" = field(repr=False)

    def explain(self, submission: int, expert: int, *, most: int = 8) -> Why:
        """Why this expert: the channels, and up to ``most`` shared terms of each kind. Arguments are indices."""
        return self._source.why(self.matrix, submission, expert, most)


def affinity(
    submissions: Sequence[Profile],
    experts: Sequence[Profile],
    *,
    preferences: Mapping[Pair, float] | None = None,
    weights: Weights | None = None,
) -> Affinity:
    """The affinity of all pairs. ``preferences``: what experts said, 0 (rather not) to 1 (gladly), where they did."""
    used = weights or Weights()
    source = _Source(submissions, experts, preferences or {}, used)
    shape = (len(submissions), len(experts))
    total, weight = np.zeros(shape, dtype=np.float32), np.zeros(shape, dtype=np.float32)
    for share, (value, known) in source.channels():
        total += np.float32(share) * value * known
        weight += np.float32(share) * known
    silent = weight == 0
    with np.errstate(invalid="ignore"):
        matrix = np.where(silent, np.nan, total / np.where(silent, 1, weight))
    for i in np.flatnonzero(silent.any(axis=1)):
        row = matrix[i, ~silent[i]]
        matrix[i, silent[i]] = row.mean() if row.size else UNKNOWN
    return Affinity(
        matrix=np.clip(matrix, 0, 1).astype(np.float32),
        silent_submissions=tuple(np.flatnonzero(silent.all(axis=1)).tolist()) if experts else (),
        silent_experts=tuple(np.flatnonzero(silent.all(axis=0)).tolist()) if submissions else (),
        _source=source,
    )


Channel = tuple[Matrix, npt.NDArray[np.bool_]]


class _Source:
    """Everything the matrix is made of, kept to explain it."""

    def __init__(
        self,
        submissions: Sequence[Profile],
        experts: Sequence[Profile],
        preferences: Mapping[Pair, float],
        weights: Weights,
    ) -> None:
        self.weights, self.preferences = weights, preferences
        self.shape = (len(submissions), len(experts))
        self.words = _texts(submissions, experts, words)
        self.bigrams = _texts(submissions, experts, bigrams)
        both = (submissions, experts)
        self.codes = [[_plain(person.codes, plain_code) for person in side] for side in both]
        self.keywords = [[_plain(person.keywords, plain_keyword) for person in side] for side in both]

    def channels(self) -> list[tuple[float, Channel]]:
        """(weight, (values, where known)) of all channels."""
        w = self.weights
        return [
            (w.text, self._text()),
            (w.codes, self._codes()),
            (w.keywords, self._keywords()),
            (w.preference, self._preference()),
        ]

    def _text(self) -> Channel:
        w = self.weights
        known = self.words.known() | self.bigrams.known()
        mixed = (w.words * self.words.cosine() + w.bigrams * self.bigrams.cosine()) / (w.words + w.bigrams)
        return np.minimum(1, mixed / w.full).astype(np.float32), known

    def _codes(self) -> Channel:
        """The mean over a submission's codes of the kinship of the expert's nearest one."""
        wanted, offered = self.codes
        here, there = (sorted({code for codes in side for code in codes}) for side in self.codes)
        values, known = _nothing(self.shape)
        if not here or not there:
            return values, known
        near = np.array([[kinship(a, b) for b in there] for a in here], dtype=np.float32)
        number = {code: at for at, code in enumerate(there)}
        nearest = np.zeros((len(here), self.shape[1]), dtype=np.float32)
        for j, codes in enumerate(offered):
            if codes:
                nearest[:, j] = near[:, [number[code] for code in codes]].max(axis=1)
        rows = {code: at for at, code in enumerate(here)}
        has = np.array([bool(codes) for codes in offered], dtype=np.bool_)
        for i, codes in enumerate(wanted):
            if codes:
                values[i] = nearest[[rows[code] for code in codes]].mean(axis=0)
                known[i] = has
        return values, known

    def _keywords(self) -> Channel:
        wanted, offered = self.keywords
        values, known = _nothing(self.shape)
        holders: dict[str, list[int]] = {}
        for j, keywords in enumerate(offered):
            for keyword in keywords:
                holders.setdefault(keyword, []).append(j)
        has = np.array([bool(keywords) for keywords in offered], dtype=np.bool_)
        for i, keywords in enumerate(wanted):
            if keywords:
                known[i] = has
                for keyword in keywords:
                    values[i, holders.get(keyword, [])] += np.float32(1 / len(keywords))
        return values, known

    def _preference(self) -> Channel:
        values, known = _nothing(self.shape)
        for pair, value in self.preferences.items():
            values[pair] = min(1.0, max(0.0, value))
            known[pair] = True
        return values, known

    def why(self, matrix: Matrix, i: int, j: int, most: int) -> Why:
        """The explanation of one pair."""
        w = self.weights
        found: dict[str, float] = {}
        shares: dict[str, float] = {}
        for name, (share, value, known) in self._pair(i, j).items():
            if known:
                shares[name], found[name] = share, value
        total = sum(shares.values())
        terms: dict[str, tuple[Term, ...]] = {}
        for name, texts, part in (("words", self.words, w.words), ("bigrams", self.bigrams, w.bigrams)):
            scale = shares.get("text", 0.0) / total * part / (w.words + w.bigrams) / w.full if total else 0.0
            rows = texts.shared(i, j)
            strongest = (_folded(rows) if name == "words" else rows)[:most]
            terms[name] = tuple(Term(text, amount * scale) for text, amount in strongest)
        return Why(
            value=float(matrix[i, j]),
            neutral=not total,
            parts={name: shares[name] * value / total for name, value in found.items()},
            terms=terms,
            codes=match_codes(self.codes[0][i], self.codes[1][j]),
            keywords=match_keywords(self.keywords[0][i], self.keywords[1][j]),
        )

    def _pair(self, i: int, j: int) -> dict[str, tuple[float, float, bool]]:
        """By channel: its weight, the pair's value, and whether it is known."""
        w = self.weights
        texts = (self.words, self.bigrams)
        cosines = [sum(part for _term, part in side.shared(i, j)) for side in texts]
        mixed = (w.words * cosines[0] + w.bigrams * cosines[1]) / (w.words + w.bigrams)
        spoken = any(side.submissions[[i]].nnz and side.experts[[j]].nnz for side in texts)
        codes, keywords = (self.codes[0][i], self.codes[1][j]), (self.keywords[0][i], self.keywords[1][j])
        preference = self.preferences.get((i, j))
        return {
            "text": (w.text, min(1.0, mixed / w.full), spoken),
            "codes": (w.codes, _mean(match_codes(*codes)), all(codes)),
            "keywords": (w.keywords, _mean(match_keywords(*keywords)), all(keywords)),
            "preference": (w.preference, min(1.0, max(0.0, preference or 0.0)), preference is not None),
        }


def _folded(rows: list[tuple[str, float]]) -> list[tuple[str, float]]:
    """Terms, the largest first, where each that is part of a longer one counts with the longest such."""
    found: dict[str, float] = {}
    for text, amount in sorted(rows, key=lambda row: (-len(row[0]), row[0])):
        whole = next((longer for longer in found if text in longer), text)
        found[whole] = found.get(whole, 0.0) + amount
    return sorted(found.items(), key=lambda row: (-row[1], row[0]))


def _texts(
    submissions: Sequence[Profile], experts: Sequence[Profile], cut: Callable[[str], list[str]]
) -> _Texts:
    """Fit on both sides together: a term is rare where neither side has it often."""
    documents = [Counter(cut(person.text)) for person in (*submissions, *experts)]
    if not any(documents):
        documents = [
            *documents,
            Counter(("\0",)),
        ]  # nothing but a term nobody has, which the vectoriser needs
    vectoriser = TfidfVectorizer(
        analyzer=lambda counts: counts.elements(), sublinear_tf=True, dtype=np.float32, norm="l2"
    )
    matrix = vectoriser.fit_transform(documents)
    start = len(submissions)
    return _Texts(vectoriser.get_feature_names_out(), matrix[:start], matrix[start : start + len(experts)])


def _plain(values: Sequence[str], plain: Callable[[str], str]) -> list[str]:
    """Every value once, in order, without those that are empty."""
    return [value for value in dict.fromkeys(map(plain, values)) if value]


def _nothing(shape: tuple[int, int]) -> Channel:
    return np.zeros(shape, dtype=np.float32), np.zeros(shape, dtype=np.bool_)


def _mean(matches: Sequence[Match]) -> float:
    return sum(match.value for match in matches) / len(matches) if matches else 0.0
