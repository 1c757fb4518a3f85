import pytest

from portal.kit import i18n


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh_Hans"),
        ("zh-TW", "zh_Hans"),
        ("en-GB,en;q=0.9", "en"),
        ("fr-FR,en;q=0.3", "en"),
        ("fr-FR", "zh_Hans"),
        ("en;q=0.2,zh-Hans-CN;q=0.9", "zh_Hans"),
        ("en;q=nonsense,zh", "zh_Hans"),
        ("", "zh_Hans"),
        ("*" * 5000, "zh_Hans"),
    ],
)
def test_browsers_wishes(accept: str, expected: str) -> None:
    assert i18n.negotiate(accept) == expected


def test_both_languages_speak() -> None:
    i18n.set_locale("zh_Hans")
    assert i18n._("Please sign in first.") == "请先登录。"
    assert i18n.ngettext("%(n)s hour ago", "%(n)s hours ago", 2) == "2 小时前"
    i18n.set_locale("en")
    assert i18n._("Please sign in first.") == "Please sign in first."
    assert i18n.ngettext("%(n)s hour ago", "%(n)s hours ago", 1) == "1 hour ago"
    assert i18n.ngettext("%(n)s hour ago", "%(n)s hours ago", 2) == "2 hours ago"


def test_unknown_language_is_chinese() -> None:
    i18n.set_locale("tlh")
    assert i18n.get_locale() == "zh_Hans"
