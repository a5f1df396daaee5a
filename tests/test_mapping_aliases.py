"""customers.csv: what a spreadsheet may have done to it, and what is refused."""

import os
from pathlib import Path

import pytest

from importer.errors import MappingRefused
from importer.mapping.aliases import alike, load_aliases, remember
from importer.model import Alias


def written(folder: Path, content: bytes) -> Path:
    path = folder / "customers.csv"
    path.write_bytes(content)
    return path


def test_a_table_that_is_not_there_is_empty(tmp_path: Path) -> None:
    assert load_aliases(tmp_path / "customers.csv") == ()
    assert load_aliases(written(tmp_path, b"")) == ()


@pytest.mark.parametrize(
    "content",
    [
        b"remitter,account,customer,since,by,note\nR LLC,417,10442,2024-03-18,mk,x\n",
        (
            b"\xef\xbb\xbfremitter;account;customer;since;by;note\r\n"
            b"R LLC;417;10442;2024-03-18;mk;x\r\n"
        ),
        (
            b"Remitter\taccount\tcustomer\tsince\tby\tnote\n"
            b' R LLC \t417\t"10442"\t2024-03-18\tmk\tx'
        ),
        (
            b"remitter,account,customer,since,by,note,,\n"
            b"R LLC,417,10442,2024-03-18,mk,x,,\n,,,,,,,\n\n"
        ),
    ],
)
def test_what_a_spreadsheet_writes_reads(tmp_path: Path, content: bytes) -> None:
    assert load_aliases(written(tmp_path, content)) == (
        Alias("R LLC", "417", "10442", "2024-03-18", "mk", "x", 2),
    )


def test_columns_may_be_few_and_in_any_order(tmp_path: Path) -> None:
    (alias,) = load_aliases(written(tmp_path, b"customer,remitter\n10442,R LLC\n"))
    assert alias == Alias("R LLC", "", "10442", "", "", "", 2)


def test_one_remitter_may_be_two_customers_from_two_accounts(tmp_path: Path) -> None:
    rows = b"remitter,account,customer\nR,1,10442\nR,2,10443\nR,,10444\nR,1,10442\n"
    assert len(load_aliases(written(tmp_path, rows))) == 4


def test_a_payer_may_be_known_by_the_account_alone(tmp_path: Path) -> None:
    (alias,) = load_aliases(written(tmp_path, b"remitter,account,customer\n,417,1\n"))
    assert (alias.remitter, alias.account) == ("", "417")


def test_a_name_made_harmless_for_a_spreadsheet_reads_as_it_was(
    tmp_path: Path,
) -> None:
    rows = b"remitter,customer\n'=SUM(A1),1\n't Hof,2\n''t Hof BV,3\n"
    aliases = load_aliases(written(tmp_path, rows))
    assert [alias.remitter for alias in aliases] == ["=SUM(A1)", "'t Hof", "'t Hof BV"]


def test_text_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MappingRefused, match="is not UTF-8\nhint: save it"):
        load_aliases(written(tmp_path, b"remitter,customer\nM\xfcller,1\n"))


def test_a_table_that_cannot_be_opened_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MappingRefused, match="cannot read the aliases"):
        load_aliases(tmp_path)


def test_names_are_alike_whatever_their_case_and_blanks() -> None:
    assert alike(" Rosewood\u00a0 FLORAL ") == alike("rosewood floral")
    assert alike("M\u00fcller") == alike("Mu\u0308ller")
    assert alike("R-1") != alike("R 1")


def test_a_name_is_remembered_whole_or_not_at_all(tmp_path: Path) -> None:
    """Half a row in place could end within the number: that of another customer."""
    before = b"\xef\xbb\xbfremitter;account;customer\r\nR LLC;;10442"
    path = written(tmp_path, before)
    path.chmod(0o640)
    os.link(path, tmp_path / "as it was")
    remember(path, Alias("S LLC", "", "10451", "2026-03-18", "mk", "x", 0))
    assert (tmp_path / "as it was").read_bytes() == before
    assert path.read_bytes() == before + b"\nS LLC;;10451\n"
    assert path.stat().st_mode & 0o777 == 0o640
    assert sorted(one.name for one in tmp_path.iterdir()) == [
        "as it was",
        "customers.csv",
    ]
