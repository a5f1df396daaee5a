"""Claiming: exactly one mapping, and why the others did not."""

from dataclasses import replace
from typing import Any

import pytest

from importer.errors import FileRefused
from importer.mapping.claim import claim, layout, refusal
from importer.mapping.schema import FileSection, Mapping
from importer.table import Glance, Head, Layout, Row

READ: dict[str, Any] = {
    "account": "A",
    "currency": "USD",
    "date": {"column": "Posted", "format": "%Y-%m-%d"},
    "amount": {"column": "Amount"},
}


def mapping(mapping_name: str, **file: Any) -> Mapping:
    given = {"name": mapping_name, "path": f"mappings/{mapping_name}.toml"}
    return Mapping.model_validate({**given, "file": file, "read": READ})


def glance(*rows: tuple[str, ...], sheet: str = "") -> Glance:
    numbered = tuple(Row(line, cells) for line, cells in enumerate(rows, start=1))
    heads = (Head(sheet, numbered),)
    return Glance("inbox/FNB_03.CSV", "delimited", "utf-8", ",", heads, ("12 34",))


FILE = glance(("Account", "1234"), (" Posted ", "Amount", "", ""), ("1", "2", "", ""))


def why(**file: Any) -> str:
    return refusal(FILE, FileSection.model_validate(file))


def test_all_that_is_given_must_hold() -> None:
    file = {
        "name": "fnb_*.csv",
        "format": "delimited",
        "header": ["Posted", "Amount"],
        "account": "1234",
    }
    assert why(**file) == ""
    assert why(**{**file, "name": "BOA_*"}) == 'name is not like "BOA_*"'
    assert why(**{**file, "format": "ofx"}) == 'format is "delimited", not "ofx"'
    assert why(**{**file, "account": "99"}) == "the file does not state this account"
    assert "Description" in why(**{**file, "header": ["Posted", "Description"]})
    assert why(**{**file, "sheet": "Data"}).startswith('no sheet is named "Data"')


def test_a_header_is_the_same_names_and_no_more() -> None:
    assert why(header=["Posted", "Amount", "Ref"]) == (
        'line 2 is most like its header but has no "Ref"'
    )
    assert why(header=["Posted"]) == (
        'line 2 is most like its header but has besides "Amount"'
    )
    assert why(header=["Amount", "Posted"]) == (
        "line 2 is most like its header but has the names in another order"
    )
    assert why(header=["Datum"]) == "no row has its header Datum"


def test_columns_claim_by_the_width_of_the_first_row() -> None:
    assert why(columns=["a", "b"]) == ""
    assert why(columns=["a"]) == "the first row has 2 cells, not 1"


def test_a_header_is_looked_for_on_the_sheet_that_is_named() -> None:
    row = Row(1, ("Posted", "Amount"))
    heads = (Head("Cover", ()), Head("Data", (row,)))
    file = Glance("x.xlsx", "xlsx", "", "", heads)
    section = {"header": ["Posted", "Amount"]}
    for sheet, claims in ((None, True), ("Data", True), ("Cover", False)):
        given = FileSection.model_validate({**section, "sheet": sheet})
        assert (refusal(file, given) == "") is claims


def test_exactly_one_mapping_claims() -> None:
    fnb, boa = mapping("fnb", name="FNB_*"), mapping("boa", name="BOA_*")
    assert claim(FILE, (fnb, boa)) == fnb


def test_two_mappings_are_refused_with_both_names() -> None:
    first = mapping("fnb", name="FNB_*")
    second = mapping("other", header=["Posted", "Amount"])
    with pytest.raises(FileRefused) as caught:
        claim(FILE, (first, second))
    assert str(caught.value) == (
        'inbox/FNB_03.CSV: 2 mappings claim this file: "fnb" and "other"\n'
        "hint: say more under [file] in mappings/fnb.toml or mappings/other.toml: "
        "name, header, account or sheet"
    )


def test_no_mapping_is_refused_with_each_reason_and_an_offer() -> None:
    with pytest.raises(FileRefused) as caught:
        claim(FILE, (mapping("boa", name="BOA_*"), mapping("ofx", format="ofx")))
    assert str(caught.value) == (
        "inbox/FNB_03.CSV: no mapping claims this file\n"
        '    boa: name is not like "BOA_*"\n'
        '    ofx: format is "delimited", not "ofx"\n'
        "hint: guess a mapping for it: importer init FNB_03.CSV"
    )
    with pytest.raises(FileRefused, match="there is no mapping yet"):
        claim(FILE, ())


def test_the_layout_is_what_the_mapping_says_of_bytes_and_cells() -> None:
    given = mapping("fnb", header=["Posted"], encoding="cp1252", delimiter=";")
    found = layout(given)
    assert replace(found, loose=None) == Layout("cp1252", ";", ("Posted",))
