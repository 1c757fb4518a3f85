"""The 34 provincial divisions of GB/T 2260: code, names, and a place in a schematic of tiles.

The schematic is a grid of equal tiles that keeps neighbours roughly beside each other. It has no boundaries and no
scale, and is no map.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Province:
    """A provincial division; ``column`` and ``row`` of its tile count from the upper left corner."""

    code: str
    short_zh: str
    letters: str
    """Of ISO 3166-2:CN."""
    name_zh: str
    name_en: str
    column: int
    row: int


PROVINCES = {
    code: Province(code, short_zh, letters, name_zh, name_en, column, row)
    for code, short_zh, letters, name_zh, name_en, column, row in (
        ("11", "北京", "BJ", "北京市", "Beijing", 5, 1),
        ("12", "天津", "TJ", "天津市", "Tianjin", 6, 2),
        ("13", "河北", "HE", "河北省", "Hebei", 5, 2),
        ("14", "山西", "SX", "山西省", "Shanxi", 4, 2),
        ("15", "内蒙古", "NM", "内蒙古自治区", "Inner Mongolia", 4, 1),
        ("21", "辽宁", "LN", "辽宁省", "Liaoning", 6, 1),
        ("22", "吉林", "JL", "吉林省", "Jilin", 7, 1),
        ("23", "黑龙江", "HL", "黑龙江省", "Heilongjiang", 7, 0),
        ("31", "上海", "SH", "上海市", "Shanghai", 7, 3),
        ("32", "江苏", "JS", "江苏省", "Jiangsu", 6, 3),
        ("33", "浙江", "ZJ", "浙江省", "Zhejiang", 6, 4),
        ("34", "安徽", "AH", "安徽省", "Anhui", 5, 4),
        ("35", "福建", "FJ", "福建省", "Fujian", 5, 5),
        ("36", "江西", "JX", "江西省", "Jiangxi", 4, 4),
        ("37", "山东", "SD", "山东省", "Shandong", 5, 3),
        ("41", "河南", "HA", "河南省", "Henan", 4, 3),
        ("42", "湖北", "HB", "湖北省", "Hubei", 3, 3),
        ("43", "湖南", "HN", "湖南省", "Hunan", 3, 4),
        ("44", "广东", "GD", "广东省", "Guangdong", 4, 5),
        ("45", "广西", "GX", "广西壮族自治区", "Guangxi", 3, 5),
        ("46", "海南", "HI", "海南省", "Hainan", 3, 6),
        ("50", "重庆", "CQ", "重庆市", "Chongqing", 2, 3),
        ("51", "四川", "SC", "四川省", "Sichuan", 1, 3),
        ("52", "贵州", "GZ", "贵州省", "Guizhou", 2, 4),
        ("53", "云南", "YN", "云南省", "Yunnan", 1, 4),
        ("54", "西藏", "XZ", "西藏自治区", "Xizang", 0, 3),
        ("61", "陕西", "SN", "陕西省", "Shaanxi", 3, 2),
        ("62", "甘肃", "GS", "甘肃省", "Gansu", 1, 2),
        ("63", "青海", "QH", "青海省", "Qinghai", 0, 2),
        ("64", "宁夏", "NX", "宁夏回族自治区", "Ningxia", 2, 2),
        ("65", "新疆", "XJ", "新疆维吾尔自治区", "Xinjiang", 0, 1),
        ("71", "台湾", "TW", "台湾省", "Taiwan", 6, 5),
        ("81", "香港", "HK", "香港特别行政区", "Hong Kong", 5, 6),
        ("82", "澳门", "MO", "澳门特别行政区", "Macao", 4, 6),
    )
}
"""By the first two digits of a division code."""


def levels(code: str) -> list[str] | None:
    """The codes of province, city and county in a code of 2, 4 or 6 digits, without the zeros that fill one up.

    ``110105`` gives 11, 1101, 110105; ``110000`` gives 11. None where it is no code of a known province.
    """
    if not (code.isascii() and code.isdigit() and len(code) in {2, 4, 6}) or code[:2] not in PROVINCES:
        return None
    parts = [code[:end] for end in range(2, len(code) + 1, 2)]
    while len(parts) > 1 and parts[-1].endswith("00"):
        parts.pop()
    return None if any(part.endswith("00") for part in parts) else parts
