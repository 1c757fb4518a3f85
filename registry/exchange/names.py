"""Names of people in citations: which part is the family name, and how a style shortens the rest."""

import re

from registry.exchange.record import Person

CJK = re.compile(r"[\u3400-\u9fff]")
_COMPOUND = (
    "欧阳太史端木上官司马东方独孤南宫万俟闻人夏侯诸葛尉迟公羊赫连澹台皇甫宗政濮阳公冶太叔申屠公孙慕容仲孙钟离"
    "长孙宇文司徒鲜于司空闾丘令狐百里呼延东郭南门西门轩辕拓跋"
)
COMPOUND = frozenset(_COMPOUND[at : at + 2] for at in range(0, len(_COMPOUND), 2))
"""Family names of two characters."""
READINGS = {
    "曾": "Zeng", "单": "Shan", "解": "Xie", "仇": "Qiu", "朴": "Piao", "查": "Zha", "区": "Ou", "盖": "Ge",
    "任": "Ren", "覃": "Qin", "乐": "Yue", "宁": "Ning", "应": "Ying", "那": "Na", "燕": "Yan", "员": "Yun",
    "华": "Hua", "纪": "Ji", "翟": "Zhai", "秘": "Bi", "冼": "Xian", "缪": "Miao", "种": "Chong", "折": "She",
}  # fmt: skip
"""Family names that a dictionary reads otherwise than their bearers."""


def split_name(person: Person) -> tuple[str, str]:
    """Family and given name; (name, "") where it is an organisation or has one part only."""
    name = " ".join(person.name.split())
    if person.entity:
        return name, ""
    if CJK.search(name) and " " not in name and "·" not in name:
        if not 2 <= len(name) <= 4:
            return name, ""
        size = 2 if len(name) > 2 and name[:2] in COMPOUND else 1
        return name[:size], name[size:]
    if "," in name:
        family, _comma, given = (part.strip() for part in name.partition(","))
        return family, given
    given, _space, family = name.rpartition(" ")
    return family, given


def index_name(person: Person) -> str:
    """As GB/T 7714-2025 writes it (7.1.1): Chinese names whole, others by family name and bare initials."""
    family, given = split_name(person)
    if not given or CJK.search(family + given):
        return family + given
    return f"{family} " + " ".join(part[:1].upper() for part in re.split(r"[\s.-]+", given) if part)


def short_name(person: Person) -> str:
    """``Zhang, S.`` as APA 7 writes it (9.8); Chinese names by their pinyin, organisations whole."""
    family, given = split_name(person)
    if not given:
        return family
    if CJK.search(family + given):
        family = "".join(_read(family)).capitalize() if family not in READINGS else READINGS[family]
        initials = [syllable[:1].upper() for syllable in _read(given)]
    else:
        initials = ["-".join(bit[:1].upper() for bit in part.split("-") if bit) for part in given.split()]
    return f"{family}, " + " ".join(f"{initial.replace('-', '.-')}." for initial in initials if initial)


def _read(text: str) -> list[str]:
    from pypinyin import Style, lazy_pinyin

    return [str(syllable) for syllable in lazy_pinyin(text, style=Style.NORMAL)]
