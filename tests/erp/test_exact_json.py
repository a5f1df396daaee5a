"""JSON is read exactly or refused, and written as it was meant."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.erp import exact_json

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.decimals(allow_nan=False, allow_infinity=False, places=2)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner)
    ),
    max_leaves=20,
)


@given(VALUES)
def test_what_is_written_reads_back_the_same(value: object) -> None:
    assert exact_json.read(exact_json.write(value)) == value


def test_an_amount_is_written_with_its_decimals_and_never_as_a_float() -> None:
    assert exact_json.write({"a": Decimal("1200.00")}) == b'{"a":1200.00}'
    assert exact_json.write([Decimal("1E+3"), 10**19]) == b"[1000,10000000000000000000]"
    with pytest.raises(TypeError):
        exact_json.write([0.1])


def test_amounts_are_read_exactly() -> None:
    found = exact_json.read(b"[1300.23, 1.0e2, 99999999999999999999]")
    assert found == [Decimal("1300.23"), Decimal(100), 99999999999999999999]


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b" ", b"{", b'{"a":1}{"b":2}', b"<html>", b"1,200"),
        *(b"NaN", b"[Infinity]", b"[-Infinity]", b'{"status":1,"status":0}'),
        *(b'{"a":{"b":1,"b":1}}', b"\xef\xbb\xbf{}", b"\xff\xfe{\x00}\x00", b'"\xe9"'),
        *(b'"\\ud800"', b'{"\\uDC00":1}', b"[" * 100_000, b"1" * 5000),
    ],
    ids=lambda body: repr(body[:20]),
)
def test_what_is_not_one_sound_document_is_refused(body: bytes) -> None:
    with pytest.raises(exact_json.NotJson):
        exact_json.read(body)


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused_and_nothing_else(body: bytes) -> None:
    try:
        found = exact_json.read(body)
    except exact_json.NotJson:
        return
    json.dumps(found, default=str)
