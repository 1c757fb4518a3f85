"""The macros: wired for assistive technology, escaped, and the same in both languages."""

import datetime as dt
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode

import pytest

from portal.kit import i18n
from portal.kit.actor import NOBODY, Actor
from portal.kit.charts.specimens import specimens
from portal.kit.ids import new_id
from portal.kit.templates import environment

HOSTILE = '"><script>alert(1)</script>'
SOMEBODY = Actor(id=new_id(), name="林远", namespace="lin-yuan", unread=120)


@pytest.fixture(params=i18n.LOCALES)
def locale(request: pytest.FixtureRequest) -> Iterator[str]:
    i18n.set_locale(request.param)
    yield request.param
    i18n.set_locale(i18n.DEFAULT)


def page(template: str, actor: Actor = NOBODY, **values: Any) -> str:
    locale = i18n.get_locale()
    return (
        environment()
        .get_template(template)
        .render(
            actor=actor,
            locale=locale,
            lang=i18n.LANG[locale],
            nonce="",
            here="/assets/x?a=1&b=2",
            flash=None,
            site={"name": "站", "demo": True, "version": "0"},
            request_id="abc",
            url_with=lambda **q: "?" + urlencode({k: v for k, v in q.items() if v is not None}),
            **values,
        )
    )


def guide(actor: Actor = NOBODY) -> str:
    moment = dt.datetime(2026, 11, 22, 4, 5, tzinfo=dt.UTC)
    return page("styleguide/index.html", actor, samples=specimens(), moment=moment)


def macro(source: str, **values: Any) -> str:
    text = '{% import "kit/ui.html" as ui %}' + source
    return environment().from_string(text).render(**values)


class Reader(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def all(self, attribute: str) -> list[str]:
        return [attrs[attribute] for _tag, attrs in self.tags if attribute in attrs]


def test_every_reference_on_the_style_guide_has_its_target(locale: str) -> None:
    read = Reader(guide(SOMEBODY))
    ids = read.all("id")
    assert len(ids) == len(set(ids))
    pointed = {
        one
        for name in ("aria-describedby", "aria-labelledby", "for")
        for v in read.all(name)
        for one in v.split()
    }
    assert pointed <= set(ids)
    named = set(read.all("for"))
    for tag, attrs in read.tags:
        if tag in {"input", "select", "textarea"} and attrs.get("type") != "hidden" and "id" in attrs:
            assert attrs["id"] in named


def test_pages_say_their_language_and_have_one_first_heading(locale: str) -> None:
    html = guide()
    assert f'<html lang="{i18n.LANG[locale]}">' in html
    assert len(re.findall(r"<h1[ >]", html)) == 1
    assert ("登录" in html) == (locale == "zh_Hans")


def test_the_header_knows_who_reads() -> None:
    nobody, somebody = guide(), guide(SOMEBODY)
    assert "/sign-in?next=/assets/x%3Fa%3D1%26b%3D2" in nobody
    assert "/sign-out" not in nobody
    assert "/sign-out" in somebody
    assert "99+" in somebody
    assert 'aria-current="true">' in somebody


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 413, 418, 422, 429, 500, 502, 503])
def test_every_error_says_what_happened_and_what_to_do(status: int) -> None:
    html = page("errors/error.html", status=status, message=HOSTILE, hint=None, fields={"a": HOSTILE})
    assert HOSTILE not in html
    assert re.search(r"<h1>[^<]{4,}</h1>", html)
    assert "abc" in html


def test_a_field_with_an_error_is_wired() -> None:
    html = macro("{{ ui.field('mail', 'Mail', v, hint='h', error='bad', required=true) }}", v=HOSTILE)
    assert HOSTILE not in html
    (attrs,) = (attrs for tag, attrs in Reader(html).tags if tag == "input")
    assert attrs["aria-describedby"] == "f-mail-hint f-mail-error"
    assert attrs["aria-invalid"] == "true"
    assert attrs["value"] == HOSTILE
    assert "required" in attrs


def test_a_password_never_comes_back() -> None:
    assert "geheim" not in macro("{{ ui.field('p', 'P', 'geheim', type='password') }}")


def test_the_error_summary_links_to_the_fields() -> None:
    html = macro("{{ ui.error_summary({'a': 'first', '': 'whole form'}) }}")
    assert '<a href="#f-a">first</a>' in html
    assert "<li>whole form</li>" in html
    assert macro("{{ ui.error_summary({}) }}").strip() == ""


def test_the_error_summary_names_the_fields_in_the_order_of_the_form() -> None:
    html = macro(
        "{{ ui.error_summary({'b': 'second', '': 'whole form', 'a': 'first'}, labels={'a': 'A', 'b': 'B'}) }}"
    )
    assert '<a href="#f-a">A：first</a>' in html
    assert html.index("A：first") < html.index("B：second") < html.index("whole form")


def test_choices_keep_what_was_chosen() -> None:
    html = macro("{{ ui.checkboxes('s', 'S', [(1, 'one'), (2, 'two')], ['2']) }}")
    assert [("checked" in a, a["value"]) for t, a in Reader(html).tags if t == "input"] == [
        (False, "1"),
        (True, "2"),
    ]
    html = macro("{{ ui.select('s', 'S', [(1, 'one'), (2, 'two')], 2, empty='-') }}")
    assert [("selected" in a, a["value"]) for t, a in Reader(html).tags if t == "option"] == [
        (False, ""),
        (False, "1"),
        (True, "2"),
    ]


@pytest.mark.parametrize(
    ("sort", "link", "aria"),
    [
        ("name", "?sort=-name", "ascending"),
        ("-name", "?sort=name", "descending"),
        ("other", "?sort=name", "none"),
    ],
)
def test_sorting_turns_round(sort: str, link: str, aria: str) -> None:
    source = "{{ ui.sort_link(u, 'name', 'N', s) }}|{{ ui.aria_sort('name', s) }}"
    html = macro(source, s=sort, u=lambda **q: "?" + urlencode({k: v for k, v in q.items() if v is not None}))
    assert f'href="{link}"' in html
    assert html.endswith(f"|{aria}")


def test_status_is_a_shape_and_a_word() -> None:
    html = macro("{{ ui.status_tag('bad', t) }}", t=HOSTILE)
    assert HOSTILE not in html
    assert "<svg" in html
    assert "alert(1)" in html
    shapes = {
        macro("{{ ui.status_tag(level, '') }}", level=level).split("<svg")[1]
        for level in ("neutral", "info", "good", "warn", "bad", "busy", "demo")
    }
    assert len(shapes) == 7


def test_lists_bear_missing_optional_keys() -> None:
    assert "x" in macro(
        "{{ ui.timeline([{'label': 'x'}]) }}{{ ui.steps([{'label': 'x', 'state': 'todo'}]) }}"
    )
    assert "a.py" in macro("{{ ui.file_table([{'path': 'a.py', 'size': 1, 'sha256': 'ff'}]) }}")
    assert "y" in macro("{{ ui.task_list([{'title': 'y', 'status_level': 'good', 'status_text': 'z'}]) }}")


def test_streams_have_a_way_without_script() -> None:
    html = macro(
        "{% call ui.log('l', url='/s') %}a{% endcall %}{% call ui.live('v', url='/t', reload=true) %}b{% endcall %}"
    )
    assert html.count("<noscript>") == 2
    assert 'hx-sse:connect="/s"' in html
    assert "data-reload" in html
