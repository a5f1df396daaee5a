"""The notation of applications in a cell: round trip, and what is refused."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer import notation
from importer.model import ZERO, Application, Share

NAMES = st.text(min_size=1, max_size=12) | st.sampled_from(
    ["10233", "INV-10233", "FA/2024/1", "A / B", "a=b", 'x"y', "unapplied 5", " 1 "]
)
CENTS = st.decimals(min_value=-9999, max_value=9999, places=2)
POSITIVE = st.decimals(min_value=0, max_value=9999, places=2)
APPLICATIONS = st.lists(
    st.builds(Application, NAMES, CENTS, POSITIVE),
    max_size=4,
    unique_by=lambda part: part.invoice,
).map(tuple)
SHARES = st.lists(
    st.builds(Share, NAMES, APPLICATIONS, POSITIVE),
    max_size=3,
    unique_by=lambda share: share.customer,
).map(tuple)


def test_it_reads_as_documented() -> None:
    text = "10233=500.00; 10240=245.00 disc 5.00; unapplied 50.00"
    shares = (
        Share(
            "",
            (
                Application("10233", Decimal(500)),
                Application("10240", Decimal(245), Decimal(5)),
            ),
            Decimal(50),
        ),
    )
    assert notation.read(text) == shares
    assert notation.write(shares) == text


def test_several_customers_read_with_their_names() -> None:
    text = '10442: 10233=500.00 / 10451: "A=7"=20.00; unapplied 1.50 / 10460:'
    shares = notation.read(text)
    assert [share.customer for share in shares] == ["10442", "10451", "10460"]
    assert shares[1].applications[0].invoice == "A=7"
    assert shares[2] == Share("10460", ())
    assert notation.write(shares) == text


@pytest.mark.parametrize(
    "text",
    ["10233 = 500; 10240=245.00  DISC 5", "10233=500.00;10240=245.00 disc 5.00;"],
)
def test_what_people_type_loosely_reads(text: str) -> None:
    assert notation.read(text) == notation.read("10233=500.00; 10240=245.00 disc 5.00")


def test_nothing_reads_as_nothing() -> None:
    assert notation.read("") == notation.read("  ") == ()
    assert notation.write(()) == ""


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("10233", '"10233" says no amount'),
        ("10233, 10240", '"10233, 10240" says no amount'),
        ("10233=500,00", 'cannot read amount "500,00" in "10233=500,00"'),
        ("10233=1,500.00", 'cannot read amount "1,500.00"'),
        ("10233=", 'cannot read "10233="'),
        ("=500", 'cannot read "=500"'),
        ("10233=500 disk 5", 'cannot read "10233=500 disk 5"'),
        ("10233=5 disc -1", "discount less than nothing"),
        ("10233=5; 10233=6", 'invoice "10233" stands twice'),
        ("unapplied 5; unapplied 6", "stands a second time"),
        ("unapplied -5", "less than nothing"),
        ("unapplied", '"unapplied" says no amount'),
        ('"10233=5', "quote is opened and not closed"),
        ("1: 2=3 / 4=5", "several customers need their names"),
        ("1: 2=3 / 1: 4=5", 'customer "1" stands twice'),
    ],
)
def test_a_piece_that_is_wrong_is_named(text: str, why: str) -> None:
    with pytest.raises(notation.NotShares) as caught:
        notation.read(text)
    assert why in str(caught.value)


@given(SHARES)
def test_what_is_written_reads_back(shares: tuple[Share, ...]) -> None:
    assert notation.read(notation.write(shares)) == shares


@given(APPLICATIONS.filter(bool), POSITIVE)
def test_one_share_without_customer_reads_back(
    applications: tuple[Application, ...], unapplied: Decimal
) -> None:
    shares = (Share("", applications, unapplied),)
    assert notation.read(notation.write(shares)) == shares


@given(st.text(alphabet='10=;:/". discunapplied-', max_size=30))
def test_any_text_reads_or_is_refused_and_never_fails_otherwise(text: str) -> None:
    try:
        shares = notation.read(text)
    except notation.NotShares:
        return
    for share in shares:
        assert share.unapplied >= ZERO
