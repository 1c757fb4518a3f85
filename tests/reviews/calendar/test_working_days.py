"""Working days against the State Council's notices, and the laws counting keeps."""

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.kit.clock import SHANGHAI
from portal.kit.errors import Invalid
from portal.reviews.calendar.counting import MOST, add_working_days, notice, working_days_between
from portal.reviews.calendar.days import Extra, YearUnknown, is_working, last_year, read

NOTICES = {  # as published: (days off, worked weekends)
    2024: (
        "0101..0101 0210..0217 0404..0406 0501..0505 0610..0610 0915..0917 1001..1007",
        "0204 0218 0407 0428 0511 0914 0929 1012",
    ),
    2025: ("0101..0101 0128..0204 0404..0406 0501..0505 0531..0602 1001..1008", "0126 0208 0427 0928 1011"),
    2026: (
        "0101..0103 0215..0223 0404..0406 0501..0505 0619..0621 0925..0927 1001..1007",
        "0104 0214 0228 0509 0920 1010",
    ),
}  # fmt: skip


def day(year: int, text: str) -> dt.date:
    return dt.date(year, int(text[:2]), int(text[2:]))


def at(*parts: int) -> dt.datetime:
    return dt.datetime(*parts, tzinfo=SHANGHAI)  # type: ignore[arg-type,misc]


@pytest.mark.parametrize("year", NOTICES)
def test_every_day_of_the_notices(year: int) -> None:
    ranges, worked = NOTICES[year]
    off = set()
    for part in ranges.split():
        first, last = (day(year, end) for end in part.split(".."))
        off |= {first + dt.timedelta(days=n) for n in range((last - first).days + 1)}
    swapped = {day(year, text) for text in worked.split()}
    current = dt.date(year, 1, 1)
    while current < dt.date(year, 12, 29):
        expected = current in swapped or (current.weekday() < 5 and current not in off)
        assert is_working(current) is expected, current
        current += dt.timedelta(days=1)


def test_a_swap_for_the_next_year_is_known() -> None:
    assert is_working(dt.date(2011, 12, 31))  # a Saturday, worked for New Year 2012
    assert not is_working(dt.date(2018, 12, 31))
    assert is_working(dt.date(2018, 12, 29))


def test_count_over_the_national_holiday() -> None:
    start = at(2026, 9, 24, 15, 30)
    # 28-30 September, 8-9 October; 10 October is a worked Saturday
    assert add_working_days(start, 6) == at(2026, 10, 10, 15, 30)
    assert working_days_between(start, at(2026, 10, 10)) == 6
    found = notice(start, 5)
    assert found.last_day == dt.date(2026, 10, 9)
    assert found.end == at(2026, 10, 10)
    assert dt.date(2026, 10, 1) in found.days_off
    assert len(found.days_off) == 10


def test_day_is_that_of_shanghai() -> None:
    evening = dt.datetime(2026, 9, 21, 16, 30, tzinfo=dt.UTC)  # 00:30 on the 22nd in Shanghai
    assert notice(evening, 1).last_day == dt.date(2026, 9, 23)


def test_unknown_years_are_refused_by_name() -> None:
    year = last_year() + 1
    for start in (at(year, 3, 1), at(last_year(), 12, 28)):
        with pytest.raises(YearUnknown) as caught:
            add_working_days(start, 5)
        assert caught.value.year == year
        assert str(year) in caught.value.message
        assert caught.value.hint
        assert str(year) in caught.value.hint
    with pytest.raises(YearUnknown):
        is_working(dt.date(1999, 5, 1))
    assert working_days_between(at(last_year(), 11, 2), at(last_year(), 11, 9)) == 5


def test_operators_enter_what_is_missing() -> None:
    year = last_year() + 1
    text = (
        f"year {year}  # notice\n{year}-01-01..{year}-01-03 off\n{year}-01-09 work\n{last_year()}-12-31 off\n"
    )
    extra = read(text)
    assert extra.years == {year}
    assert not is_working(dt.date(year, 1, 1), extra)
    assert is_working(dt.date(year, 1, 9), extra)
    assert not is_working(dt.date(last_year(), 12, 31), extra)
    assert notice(at(last_year(), 12, 28), 5, extra).last_day.year == year
    typhoon = Extra(days={dt.date(2026, 9, 22): False})
    assert notice(at(2026, 9, 21), 1, typhoon).last_day == dt.date(2026, 9, 23)


def test_a_list_that_cannot_be_read() -> None:
    with pytest.raises(Invalid) as caught:
        read("year two\n2027-13-01 off\n2027-01-01 free\n# fine\n2027-05-02..2027-05-01 off\n2027-06-01 off\n"
             "2027-06-01 work\n2027-01-01..2028-01-01 off")  # fmt: skip
    assert list(caught.value.fields) == ["line 1", "line 2", "line 3", "line 5", "line 7", "line 8"]


instants = st.integers(0, 20 * 365 * 86400).map(
    lambda s: dt.datetime(2004, 1, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=s)
)
counts = st.integers(-120, 120)
stretches = st.timedeltas(dt.timedelta(), dt.timedelta(days=300))
quietly = settings(deadline=None, max_examples=60)  # other processes may hold the machine


@quietly
@given(instants, counts)
def test_counting_undoes_adding(start: dt.datetime, count: int) -> None:
    end = add_working_days(start, count)
    assert working_days_between(start, end) == count
    assert end.timetz() == start.astimezone(SHANGHAI).timetz()
    if count:
        assert is_working(end.date())


@quietly
@given(instants, st.integers(0, 60), st.integers(0, 60))
def test_steps_add_up(start: dt.datetime, one: int, two: int) -> None:
    assert add_working_days(add_working_days(start, one), two) == add_working_days(start, one + two)


@quietly
@given(instants, stretches, stretches)
def test_stretches_add_up(a: dt.datetime, one: dt.timedelta, two: dt.timedelta) -> None:
    b, c = a + one, a + one + two
    assert working_days_between(a, b) + working_days_between(b, c) == working_days_between(a, c)


@quietly
@given(instants, st.integers(1, 40))
def test_notice_holds_its_days(start: dt.datetime, count: int) -> None:
    found = notice(start, count)
    assert found.end - dt.datetime.combine(found.last_day, dt.time(), SHANGHAI) == dt.timedelta(days=1)
    between = (found.last_day - found.start.date()).days
    assert between == count + len(found.days_off)


def test_counts_without_sense() -> None:
    with pytest.raises(ValueError, match="naive"):
        add_working_days(dt.datetime(2026, 1, 1), 1)  # noqa: DTZ001
    with pytest.raises(ValueError, match="at most"):
        add_working_days(at(2020, 1, 1), MOST + 1)
    with pytest.raises(ValueError, match="at most"):
        working_days_between(at(1980, 1, 1), at(2020, 1, 1))
    with pytest.raises(ValueError, match="at least one"):
        notice(at(2026, 1, 1), 0)
    assert add_working_days(at(2026, 1, 1), 0) == at(2026, 1, 1)
