"""Identity: equal remittances have equal keys, and every id can be proven."""

import string
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.identity import (
    CROCKFORD,
    is_marker,
    key,
    marker,
    markers_in,
    number,
    part_marker,
    row_id,
)
from importer.model import Place, Remittance

CHECK = Remittance(
    place=Place("bank.csv", 7),
    account="US-FNB-0417",
    currency="USD",
    amount=Decimal("1250.50"),
    value_date=date(2026, 3, 17),
    booking_date=date(2026, 3, 16),
    remitter="ROSEWOOD FLORAL",
    text="INV 10233",
    reference="CHK 1042",
    identity=("CHK 1042", "INV 10233"),
)
KEY = key(CHECK)
occurrences = st.integers(0, 10**6)


@pytest.mark.parametrize(
    "same",
    [
        replace(CHECK, place=Place("other name.csv", 99)),
        replace(CHECK, amount=Decimal("1250.5")),
        replace(CHECK, amount=Decimal("1250.500")),
        replace(CHECK, value_date=date(2026, 3, 30)),
        replace(CHECK, identity=("CHK  1042 ", "INV\t10233")),
        replace(CHECK, remitter="somebody else", kind="check", bank_id="7"),
    ],
)
def test_what_cannot_distinguish_does_not_enter_the_key(same: Remittance) -> None:
    assert key(same) == KEY


@pytest.mark.parametrize(
    "other",
    [
        replace(CHECK, account="US-FNB-0418"),
        replace(CHECK, amount=Decimal("-1250.50")),
        replace(CHECK, amount=Decimal(12505)),
        replace(CHECK, currency="EUR"),
        replace(CHECK, booking_date=date(2026, 3, 17)),
        replace(CHECK, identity=("chk 1042", "INV 10233")),
        replace(CHECK, identity=("CHK-1042", "INV 10233")),
        replace(CHECK, identity=("CHK 1042 INV 10233",)),
    ],
)
def test_case_digits_and_punctuation_distinguish(other: Remittance) -> None:
    assert key(other) != KEY
    assert marker(key(other), 0) != marker(KEY, 0)


def test_composed_and_decomposed_letters_are_one() -> None:
    composed = replace(CHECK, identity=("JOS\u00c9",))
    assert key(composed) == key(replace(CHECK, identity=("JOSE\u0301",)))


def test_equal_remittances_are_numbered_apart_in_any_order() -> None:
    other = replace(CHECK, reference="CHK 1043", identity=("CHK 1043",))
    assert number([CHECK, other, CHECK, CHECK, other]) == [0, 0, 1, 2, 1]


def test_a_marker_never_changes_since_payments_in_erps_carry_it() -> None:
    assert marker(KEY, 0) == "BKR7TRVGBW95YMVAR9G"
    assert marker(KEY, 1) != marker(KEY, 0)
    assert part_marker(marker(KEY, 0), 0) == marker(KEY, 0)
    assert part_marker(marker(KEY, 0), 1) == "BKRH7G5JH8BSKP9JG6N"


@given(occurrences)
def test_a_marker_is_nineteen_plain_characters(occurrence: int) -> None:
    made = marker(KEY, occurrence)
    assert len(made) == 19
    assert made.startswith("BK")
    assert set(made[2:18]) <= set(CROCKFORD)
    assert is_marker(made)


@given(occurrences, st.integers(2, 18), st.sampled_from(string.ascii_uppercase))
def test_one_wrong_character_is_seen(occurrence: int, place: int, letter: str) -> None:
    made = marker(KEY, occurrence)
    wrong = made[:place] + letter + made[place + 1 :]
    assert is_marker(wrong) == (wrong == made)


def test_two_characters_in_the_wrong_order_are_nearly_always_seen() -> None:
    """ISO 7064 MOD 37,36 promises all wrong characters and most wrong orders."""
    tried = unseen = 0
    for occurrence in range(200):
        made = marker(KEY, occurrence)
        for at in range(2, 18):
            wrong = made[:at] + made[at + 1] + made[at] + made[at + 2 :]
            tried += wrong != made
            unseen += wrong != made and is_marker(wrong)
    assert unseen < tried / 20


@given(occurrences, st.integers(0, 18))
def test_a_marker_that_was_cut_is_none(occurrence: int, length: int) -> None:
    assert markers_in(marker(KEY, occurrence)[:length]) == ()


@given(occurrences, st.sampled_from(["{}", "CHK 1042 {}", "CHK1042{}", "{}/2", "x{}y"]))
def test_a_marker_is_found_in_a_reference_whatever_stands_around(
    occurrence: int, around: str
) -> None:
    made = marker(KEY, occurrence)
    assert markers_in(around.format(made)) == (made,)
    assert markers_in(around.format(made).lower()) == (made,)


def test_two_markers_are_both_found_and_each_once() -> None:
    one, two = marker(KEY, 0), marker(KEY, 1)
    assert markers_in(f"{one} {two} {one}") == (one, two)


@given(st.text(max_size=60))
def test_any_text_at_all_is_searched_for_markers(text: str) -> None:
    assert all(is_marker(found) for found in markers_in(text))


def test_rows_without_a_payment_have_ids_of_their_own() -> None:
    ids = {
        row_id(sha256, row, text, occurrence)
        for sha256 in ("a", "b")
        for row in (1, 2)
        for text in ("x", "y")
        for occurrence in (0, 1)
    }
    assert len(ids) == 16
    assert all(is_marker(one) for one in ids)
