"""Secrets and personal data in text: found by line, shown only masked."""

import base64
import binascii
import json
import math
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import partial

EXCERPT = 160
BULK_MOBILES = 20
NAMES_OF_SECRETS = r"(?:password|passwd|pwd|secret|token|api_?key|access_?key|private_?key|密码|口令|密钥)"
PLACEHOLDER = re.compile(
    r"(?i)^[\W_]*$|x{4,}|\*{3,}|\.{3,}|example|sample|placeholder|change_?me|your[_-]|dummy|^<.*>$|^\$|^\{|^%|os\.environ|getenv"
)


@dataclass(frozen=True)
class Leak:
    """One hit: a rule id, the line it is on (from 1), and what to say about it."""

    rule: str
    line: int
    params: dict[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True)
class Pattern:
    """A secret's form. `group` holds the secret itself; `accept` weeds out look-alikes."""

    rule: str
    regex: re.Pattern[str]
    service: str = ""
    group: int = 0
    accept: Callable[[str], bool] = lambda _value: True


def is_jwt(token: str) -> bool:
    """True when the first part decodes to a JOSE header (RFC 7519, section 5)."""
    head = token.split(".", 1)[0]
    try:
        value = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
    except (ValueError, binascii.Error):
        return False
    return isinstance(value, dict) and "alg" in value


def entropy(value: str) -> float:
    """Shannon entropy in bits per character."""
    total = len(value)
    return -sum(n / total * math.log2(n / total) for n in Counter(value).values()) if total else 0.0


def is_random_looking(value: str) -> bool:
    """True for a value that a person would hardly type: mixed characters, high entropy, no placeholder."""
    if PLACEHOLDER.search(value) or not value.isascii():
        return False
    classes = sum(bool(re.search(form, value)) for form in (r"[a-z]", r"[A-Z]", r"\d", r"[^A-Za-z0-9]"))
    return (
        classes >= 2 and bool(re.search(r"\d", value)) and entropy(value) >= (3.0 if len(value) < 20 else 3.5)
    )


def is_real_password(value: str) -> bool:
    """False for the usual stand-ins of documentation."""
    return not PLACEHOLDER.search(value) and value.lower() not in {
        "password",
        "passwd",
        "pass",
        "pwd",
        "secret",
    }


PATTERNS: tuple[Pattern, ...] = (
    Pattern(
        "secret.private_key", re.compile(r"-----BEGIN (?:[A-Z0-9]{2,12} ){0,2}PRIVATE KEY(?: BLOCK)?-----")
    ),
    Pattern(
        "secret.cloud_key", re.compile(r"(?<![A-Za-z0-9])(?:AKIA|ASIA)[0-9A-Z]{16}(?![A-Za-z0-9])"), "AWS"
    ),
    Pattern(
        "secret.cloud_key", re.compile(r"(?<![A-Za-z0-9])LTAI[0-9A-Za-z]{12,26}(?![A-Za-z0-9])"), "Aliyun"
    ),
    Pattern(
        "secret.cloud_key",
        re.compile(r"(?<![A-Za-z0-9])AKID[0-9A-Za-z]{28,44}(?![A-Za-z0-9])"),
        "Tencent Cloud",
    ),
    Pattern("secret.token", re.compile(r"(?<![A-Za-z0-9])gh[pousr]_[A-Za-z0-9]{36,255}"), "GitHub"),
    Pattern("secret.token", re.compile(r"(?<![A-Za-z0-9])github_pat_[A-Za-z0-9_]{36,255}"), "GitHub"),
    Pattern("secret.token", re.compile(r"(?<![A-Za-z0-9])glpat-[A-Za-z0-9_-]{20,64}"), "GitLab"),
    Pattern("secret.token", re.compile(r"(?<![A-Za-z0-9])hf_[A-Za-z0-9]{30,64}"), "Hugging Face"),
    Pattern("secret.jwt", re.compile(r"\beyJ[\w-]{8,2000}\.eyJ[\w-]{8,4000}\.[\w-]{16,2000}"), accept=is_jwt),
    Pattern(
        "secret.database_url",
        re.compile(
            r"\b[a-z][a-z0-9]{1,15}(?:\+[a-z0-9]{1,20})?://[^\s:@/'\"]{1,64}:([^\s@/'\"]{1,128})@[\w.\[]"
        ),
        group=1,
        accept=is_real_password,
    ),
    Pattern(
        "secret.assignment",
        re.compile(
            rf"(?i){NAMES_OF_SECRETS}\w{{0,32}}[\"']?\s{{0,8}}(?::=|=>|[:=：])\s{{0,8}}[\"']?([^\s\"',;]{{10,200}})"
        ),
        group=1,
        accept=is_random_looking,
    ),
)

ID_NUMBER = re.compile(r"(?<![0-9A-Za-z.])[1-8]\d{5}(?:18|19|20)\d{2}[01]\d[0-3]\d{4}[\dXx](?![0-9A-Za-z])")
MOBILE = re.compile(r"(?<![\w.])(?:\+?86[- ]?)?(1[3-9]\d{9})(?![\w])(?!\.\d)")
PROVINCES = frozenset(
    [
        *range(11, 16),
        *range(21, 24),
        *range(31, 38),
        *range(41, 47),
        *range(50, 55),
        *range(61, 66),
        71,
        81,
        82,
        83,
    ]
)


class Lines:
    """Maps an offset in a text to its line."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._starts = [0, *(match.end() for match in re.finditer("\n", text))]

    def number(self, offset: int) -> int:
        """Line number from 1."""
        return bisect_right(self._starts, offset)

    def excerpt(self, number: int) -> str:
        """The line, masked and cut."""
        start = self._starts[number - 1]
        end = self.text.find("\n", start)
        return masked(self.text[start : end if end >= 0 else len(self.text)][:2000])


def masked(line: str) -> str:
    """The line without secrets and id numbers, without control characters, at most EXCERPT characters."""
    for pattern in PATTERNS:
        line = pattern.regex.sub(partial(_mask, pattern.group), line)
    line = ID_NUMBER.sub(lambda match: match[0][:6] + "*" * 11 + match[0][-1], line)
    line = MOBILE.sub(lambda match: match[0].replace(match[1], match[1][:3] + "*****" + match[1][-3:]), line)
    return "".join(char if char.isprintable() else " " for char in line).strip()[:EXCERPT]


def _mask(group: int, match: re.Match[str]) -> str:
    secret = match[group]
    if secret.startswith("-----BEGIN"):
        return secret
    start, end = match.start(group) - match.start(), match.end(group) - match.start()
    return f"{match[0][:start]}{secret[: min(4, len(secret) // 3)]}***{match[0][end:]}"


def is_id_number(number: str) -> bool:
    """GB 11643-1999: province, a real date of birth, and the check digit of ISO 7064 MOD 11-2."""
    if int(number[:2]) not in PROVINCES:
        return False
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    total = sum(int(digit) * (2 ** (17 - place) % 11) for place, digit in enumerate(number[:17]))
    return born.year >= 1900 and "10X98765432"[total % 11] == number[17].upper()


def find_leaks(lines: Lines) -> Iterator[Leak]:
    """Every secret, at most one per line and rule; then personal data, one hit per kind with its count."""
    seen: set[tuple[str, int]] = set()
    for pattern in PATTERNS:
        for match in pattern.regex.finditer(lines.text):
            place = (pattern.rule, lines.number(match.start()))
            if place not in seen and pattern.accept(match[pattern.group]):
                seen.add(place)
                yield Leak(*place, {"service": pattern.service} if pattern.service else {})
    yield from _personal(lines)


def _personal(lines: Lines) -> Iterator[Leak]:
    numbers = [match for match in ID_NUMBER.finditer(lines.text) if is_id_number(match[0])]
    if numbers:
        count = len({match[0] for match in numbers})
        yield Leak("personal.id_number", lines.number(numbers[0].start()), {"count": count})
    mobiles = {match[1]: match.start() for match in reversed(list(MOBILE.finditer(lines.text)))}
    if len(mobiles) >= BULK_MOBILES:
        yield Leak("personal.mobile_numbers", lines.number(min(mobiles.values())), {"count": len(mobiles)})
