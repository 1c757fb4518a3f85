import pytest

from registry.assets.models import AssetKind
from tests.support.browser import Client
from tests.support.make import Make


@pytest.mark.parametrize("path", ["/", "/search", "/search?q=x", "/about", "/docs/api", "/styleguide"])
@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_pages_open_in_both_languages(client: Client, path: str, language: str) -> None:
    response = client.get(path, headers={"accept-language": language})
    assert response.status_code == 200
    assert f'<html lang="{"zh-Hans" if language == "zh-CN" else "en"}">' in response.text


def test_home_shows_what_is_public(client: Client, make: Make) -> None:
    person = make.account()
    make.version(make.asset(person, title="公开的算法"))
    make.asset(person, title="尚未公开的算法")
    text = client.get("/").text
    assert "公开的算法" in text
    assert "尚未公开的算法" not in text


def test_search_finds_all_words_and_nothing_hidden(client: Client, make: Make) -> None:
    person = make.account()
    make.version(make.asset(person, title="建设用地扩张监测", summary="遥感 影像", kind=AssetKind.model))
    make.asset(person, title="建设用地草稿")
    make.organisation("建设用地研究院")
    text = client.get("/search", params={"q": "建设用地"}).text
    assert "建设用地扩张监测" in text
    assert "建设用地研究院" in text
    assert "建设用地草稿" not in text
    assert "建设用地扩张监测" in client.get("/search", params={"q": "扩张 遥感"}).text
    assert "建设用地扩张监测" not in client.get("/search", params={"q": "扩张 耕地"}).text


@pytest.mark.parametrize("words", ["%", "_", "\\", "' OR 1=1 --", "<script>", "a" * 500])
def test_search_takes_words_literally(client: Client, make: Make, words: str) -> None:
    make.version(make.asset(make.account(), title="普通标题"))
    response = client.get("/search", params={"q": words})
    assert response.status_code == 200
    assert "普通标题" not in response.text
    assert "<script>" not in response.text.split("<main", 1)[1]


def test_language_is_kept(client: Client) -> None:
    response = client.post("/language", data={"locale": "en", "next": "/about"})
    assert (response.status_code, response.headers["location"]) == (303, "/about")
    assert '<html lang="en">' in client.get("/about").text
    client.post("/language", data={"locale": "tlh", "next": "//evil.example"})
    assert '<html lang="en">' in client.get("/about").text
