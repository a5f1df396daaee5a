"""Dates: as written, by a named format, never guessed."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer import dates


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("03/05/2016", "%m/%d/%Y"),
        ("3/5/2016", "%m/%d/%Y"),
        ("05.03.16", "%d.%m.%y"),
        ("5.3.16", "%d.%m.%y"),
        ("2016-03-05", "%Y-%m-%d"),
        ("2016.03.05.", "%Y.%m.%d."),
        ("20160305", "%Y%m%d"),
        ("160305", "%y%m%d"),
        ("5 Mar 2016", "%d %b %Y"),
        ("05-MAR-2016", "%d-%b-%Y"),
        ("Mar  5, 2016", "%b %d, %Y"),
        ("March 5, 2016", "%B %d, %Y"),
        ("Sat Mar 05 2016", "%a %b %d %Y"),
        ("2016-03-05T23:59:59Z", "%Y-%m-%dT%H:%M:%S%z"),
        ("2016-03-05 23:59:59.123 -0500", "%Y-%m-%d %H:%M:%S.%f %z"),
        ("20160305235959", "%Y%m%d%H%M%S"),
        ("3/5/2016 9:07 PM", "%m/%d/%Y %I:%M %p"),
        (" 2016-03-05\t", "%Y-%m-%d"),
        ("5 mars 2016", "%d %B %Y"),
        ("5. März 2016", "%d. %B %Y"),
        ("5 mrt. 2016", "%d %b %Y"),
        ("5 de marzo de 2016", "%d de %B de %Y"),
        ("05/mar/2016", "%d/%b/%Y"),
    ],
)
def test_a_date_reads_as_banks_write_it(text: str, form: str) -> None:
    assert dates.read(text, form) == date(2016, 3, 5)


def test_a_zone_never_moves_the_day() -> None:
    form = "%Y%m%d%H%M%S%z"
    assert dates.read("20240101235959-0500", form) == date(2024, 1, 1)
    assert dates.read("20240102000000+0200", form) == date(2024, 1, 2)


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("31/02/2024", "%d/%m/%Y"),
        ("02/30/2023", "%m/%d/%Y"),
        ("13/01/2024", "%m/%d/%Y"),
        ("00/01/2024", "%m/%d/%Y"),
        ("03/05/16", "%m/%d/%Y"),
        ("03/05/0016", "%m/%d/%Y"),
        ("2024111", "%Y%m%d"),
        ("2024-01-05 10:00", "%Y-%m-%d"),
        ("2024-01-05", "%Y-%m-%d %H:%M"),
        ("2024-01-05 25:00", "%Y-%m-%d %H:%M"),
        ("5 Foo 2024", "%d %b %Y"),
        ("\uff12\uff10\uff12\uff14-01-05", "%Y-%m-%d"),
        ("2024-01-05\x00", "%Y-%m-%d"),
        ("11/14/2020 as of 11/13/2020", "%m/%d/%Y"),
        ("Pending", "%m/%d/%Y"),
        ("", "%m/%d/%Y"),
    ],
)
def test_anything_else_is_refused(text: str, form: str) -> None:
    with pytest.raises(dates.NotDate):
        dates.read(text, form)


def test_a_refusal_says_the_text_and_the_format() -> None:
    with pytest.raises(
        dates.NotDate,
        match=r'^cannot read date "31/02/2024" as %d/%m/%Y: that month has no such',
    ):
        dates.read("31/02/2024", "%d/%m/%Y")
    with pytest.raises(dates.NotDate, match=r"13/01/2024.*there are twelve months"):
        dates.read("13/01/2024", "%m/%d/%Y")
    with pytest.raises(dates.NotDate, match='"Foo" is no month'):
        dates.read("5 Foo 2024", "%d %b %Y")
    with pytest.raises(dates.NotDate, match=r"^the date is empty$"):
        dates.read(" ", "%d %b %Y")


@pytest.mark.parametrize(
    ("form", "why"),
    [
        ("%Y-%m-%q", '"%q"; known are'),
        ("%Y-%m-%", '"%"; known are'),
        ("%m/%d", "has no year"),
        ("%Y-%d", "has no month"),
        ("%B %Y", "has no day"),
        ("%d/%m/%Y %y", "more than one year"),
        ("%d %b %m %Y", "more than one month"),
        ("", "has no year"),
    ],
)
def test_a_format_that_cannot_tell_a_day_is_refused(form: str, why: str) -> None:
    with pytest.raises(dates.NotFormat, match=why):
        dates.reader(form)


def test_two_digits_of_a_year_follow_posix() -> None:
    assert dates.read("01.01.68", "%d.%m.%y").year == 2068
    assert dates.read("01.01.69", "%d.%m.%y").year == 1969


def test_no_month_name_means_two_months() -> None:
    for names in dates._NAMES.values():  # noqa: SLF001 the table is what is tested
        for number, name in enumerate(names.split(), start=1):
            assert dates.MONTHS[name] == number
        assert len(names.split()) == 12


@given(
    st.dates(date(1970, 1, 1), date(2068, 12, 31)),
    st.sampled_from(["%m/%d/%Y", "%d.%m.%y", "%Y%m%d", "%d %b %Y", "%B %d, %Y"]),
)
def test_what_strftime_writes_reads_back(day: date, form: str) -> None:
    assert dates.read(day.strftime(form), form) == day


def test_memory_does_not_grow_with_distinct_texts() -> None:
    read = dates.reader("%Y-%m-%d")
    first = date(1970, 1, 1)
    for number in range(10_000):
        day = first + timedelta(days=number)
        assert read(day.isoformat()) == day
    size = read.cache_info().currsize  # type: ignore[attr-defined] # lru_cache has it
    assert size <= 4096
