import pytest

from portal.client.errors import ClientError
from portal.client.names import Name, next_patch, parse


def test_names_are_read() -> None:
    assert parse("lab/model") == Name("lab", "model")
    assert parse(" lab/model@1.0.0-rc.1+b ").number == "1.0.0-rc.1+b"
    assert str(parse("lab/model@1.0.0")) == "lab/model@1.0.0"


@pytest.mark.parametrize(
    "text", ["", "model", "lab/model/more", "Lab/model", "../x/y", "lab/model@", "lab/m odel"]
)
def test_what_is_no_name_is_refused_with_the_form(text: str) -> None:
    with pytest.raises(ClientError) as refused:
        parse(text)
    assert refused.value.hint


def test_a_number_is_demanded_or_refused() -> None:
    with pytest.raises(ClientError):
        parse("lab/model", version=True)
    with pytest.raises(ClientError):
        parse("lab/model@1.0.0", version=False)


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ([], "1.0.0"),
        (["1.0.0"], "1.0.1"),
        (["1.2.9", "1.10.0", "1.2.10"], "1.10.1"),
        (["2.0.0-rc.1"], "2.0.0"),
        (["1.9.9", "2.0.0-rc.1"], "2.0.0"),
        (["2.0.0", "2.0.0-rc.1"], "2.0.1"),
        (["1.0.0+build.7"], "1.0.1"),
    ],
)
def test_the_next_patch_follows_the_highest_number(numbers: list[str], expected: str) -> None:
    assert next_patch(numbers) == expected
