"""The unified social credit code (统一社会信用代码) and its two check characters.

GB 32100-2015, the chapter on structure: 18 characters of the 31 in ``ALPHABET`` (no I, O, S, V, Z), from the left:
1 登记管理部门 (registering authority), 1 机构类别 (kind of body), 6 登记管理机关行政区划码 (GB/T 2260, digits),
9 主体标识码 (the organisation code of GB 11714), 1 校验码 (check character):

    C18 = 31 - MOD( sum over i = 1..17 of C_i * W_i, 31),  W_i = 3^(i-1) mod 31;  31 is written 0.

GB 11714-1997: the organisation code has 8 characters and a check character, letters counting A = 10 ... Z = 35:

    C9 = 11 - MOD( sum over i = 1..8 of C_i * W_i, 11),  W = 3, 7, 9, 10, 5, 8, 4, 2;  10 is written X, 11 is written 0.
"""

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_WEIGHTS_18 = tuple(pow(3, i, 31) for i in range(17))
_WEIGHTS_9 = (3, 7, 9, 10, 5, 8, 4, 2)


def normal(text: str) -> str:
    """The code as it is kept: capitals, full-width forms folded, no blanks or hyphens."""
    import unicodedata

    folded = unicodedata.normalize("NFKC", text).upper()
    return "".join(folded.replace("-", "").split())


def check_character(first17: str) -> str:
    """The 18th character that belongs to 17 characters of the alphabet (GB 32100-2015)."""
    total = sum(ALPHABET.index(sign) * weight for sign, weight in zip(first17, _WEIGHTS_18, strict=True))
    return ALPHABET[-total % 31]


def organisation_check_character(first8: str) -> str:
    """The 9th character of an organisation code (GB 11714-1997)."""
    total = sum(int(sign, 36) * weight for sign, weight in zip(first8, _WEIGHTS_9, strict=True))
    value = -total % 11
    return "X" if value == 10 else str(value)


def is_valid(code: str) -> bool:
    """Whether a normalised code has the right shape and both its check characters hold."""
    if len(code) != 18 or any(sign not in ALPHABET for sign in code):
        return False
    if not code[2:8].isdigit():
        return False
    return code[16] == organisation_check_character(code[8:16]) and code[17] == check_character(code[:17])
