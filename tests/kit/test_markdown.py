import pytest

from portal.kit.markdown import front_matter, markdown


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "[x](javascript:alert(1))",
        "![x](x onerror=alert(1))",
        "<img src=x onerror=alert(1)>",
        '<a href="https://a.cn" hx-get="/x" style="x" id="y" class="z">l</a>',
        "<iframe src=/x></iframe><form action=/x><input></form>",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "<svg onload=alert(1)>",
    ],
)
def test_hostile_text_stays_text(hostile: str) -> None:
    html = str(markdown(hostile)).lower()
    for bad in ("<script", "<iframe", "<form", "<svg", "<input"):
        assert bad not in html
    for tag in [part.split(">")[0] for part in html.split("<")[1:]]:
        for bad in ("onerror", "javascript:", "data:", "hx-", "style=", "id=", "class=", "onload"):
            assert bad not in tag, tag


def test_pictures_of_other_hosts_are_not_fetched() -> None:
    assert "src=" not in str(markdown("![图](https://evil.example/x.png)"))
    assert "src=" not in str(markdown("![图](//evil.example/x.png)"))
    assert 'src="/assets/x.png"' in str(markdown("![图](/assets/x.png)"))


def test_headings_leave_the_first_level_to_the_page() -> None:
    assert str(markdown("# 一\n\n## 二")).startswith("<h2>一</h2>")


def test_tables_and_links_survive() -> None:
    html = str(markdown("| a | b |\n|---|---|\n| 1 | 2 |\n\n[站点](https://example.org)"))
    assert "<td>1</td>" in html
    assert 'rel="nofollow noopener noreferrer ugc"' in html


def test_front_matter() -> None:
    assert front_matter("---\nlicense: MIT\n---\n# x") == ({"license": "MIT"}, "# x")
    assert front_matter("---\n: [\n---\nx")[0] == {}
    assert front_matter("no matter") == ({}, "no matter")
    assert front_matter("---\n- 1\n---\nx")[0] == {}
