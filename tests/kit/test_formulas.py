"""Formulas: drawn as MathML where they can be, shown as their source where not, and never a way in."""

import re

import pytest

from portal.kit.markdown import MAX_FORMULAS, markdown
from portal.kit.mathml import ATTRIBUTES, ELEMENTS, mathml


def test_inline_and_block_formulas_become_mathml() -> None:
    html = str(markdown("均方根误差 $\\sqrt{x}$：\n\n$$\n\\frac{1}{n}\\sum_{i=1}^{n} e_i^2\n$$\n"))
    assert "<msqrt>" in html
    assert '<math display="block"' in html
    assert "<munderover>" in html  # limits stand above and below only where there is room
    assert 'alttext="\\sqrt{x}"' in html


@pytest.mark.parametrize(
    "latex",
    [
        r"\frac",
        r"\left(",
        r"\begin{matrix}1",
        r"\undefinedcommand x",
        r"\text{<b>x</b>}",
        r"\text{<img src=x onerror=alert(1)>}",
        r"\text{<annotation-xml encoding='text/html'><img src=x onerror=alert(1)></annotation-xml>}",
        "{" * 40 + "x" + "}" * 40,
        r"\sqrt" * 400 + "x",
        r"\left(" * 60 + r"\right)" * 60,
        "x" * 2001,
        "_" * 1000,
        "",
    ],
    ids=lambda text: text[:24],
)
def test_what_cannot_be_drawn_stays_source(latex: str) -> None:
    assert mathml(latex) is None
    html = str(markdown(f"a ${latex}$ b")) if latex else ""
    assert "<math" not in html
    assert "<img" not in html


@pytest.mark.parametrize(
    "latex",
    [
        r"\href{javascript:alert(1)}{x}",
        r"\color{red}{x}",
        r"\hspace{99999em}x",
        r"\text{&lt;script&gt;}",
        r"\style{position:fixed}{x}",
        r"\class{btn}{x}",
        r"\unicode{x3c}",
        r"a<b>c\&d\"e",
    ],
)
def test_hostile_formulas_carry_only_known_attributes(latex: str) -> None:
    html = str(markdown(f"${latex}$"))
    assert "<script" not in html
    for tag, attributes in re.findall(r"<([a-z]+)((?:\s[a-z]+=\"[^\"]*\")*)>", html.replace("<p>", "")):
        assert tag in ELEMENTS | {"code"}
        for name, value in re.findall(r"\s([a-z]+)=\"([^\"]*)\"", attributes):
            assert name in {*ATTRIBUTES, "alttext"}
            assert name == "alttext" or ATTRIBUTES[name].fullmatch(value), (name, value)


def test_dollars_that_are_money_stay_money() -> None:
    assert "<math" not in str(markdown("由 $5 涨到 $6；共 3 $ 或 4 $ 。"))


def test_a_text_may_hold_only_so_many_formulas() -> None:
    html = str(markdown("\n\n".join(f"$a_{{{n}}}$" for n in range(MAX_FORMULAS + 20))))
    assert html.count("<math") == MAX_FORMULAS
    assert html.count("<code>") == 20


def test_pictures_are_the_texts_own_files() -> None:
    base = "/assets/lab/x/versions/1.0.0/raw/"
    own = str(markdown("![图](fig/图 1.png) ![图](<fig/图 1.png>)", base))
    assert f'src="{base}fig/%E5%9B%BE%201.png"' in own
    for foreign in (
        "https://evil.example/x.png", "//evil.example/x.png", "/assets/other/y/versions/1.0.0/raw/x.png", "../../x.png",
        "a/../../x.png", "%2e%2e/x.png", "fig.svg", "data:image/png;base64,AAAA", "x.html", "a%0ab.png", "a\\b.png",
    ):  # fmt: skip
        html = str(markdown(f"![替代文字]({foreign})", base))
        assert "<img" not in html, foreign
        assert "替代文字" in html or "![" in html
    assert "<img" not in str(markdown("![图](a.png)", ""))


def test_task_lists_and_footnotes() -> None:
    html = str(markdown("- [ ] 待办\n- [x] 完成\n- 其他 [x] 文字\n\n正文[^1]\n\n[^1]: 脚注\n"))
    assert "<li>☐ 待办</li>" in html
    assert "<li>☑ 完成</li>" in html
    assert "其他 [x] 文字" in html
    assert "<input" not in html
    assert 'href="#fn1"' in html
    assert '<li id="fn1">' in html
