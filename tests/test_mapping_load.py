"""Loading mappings: what loads, what is filled in, and where faults stand."""

import hashlib
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.errors import MappingRefused
from importer.mapping import lines, patterns
from importer.mapping.load import load, load_folder
from importer.mapping.schema import Column, KindColumn

FNB = """\
# First National Bank, "Account Activity" export
[file]
name   = "FNB_*.csv"
header = ["Posted", "Description", "Amount", "Ref"]

[read]
account   = "US-FNB-0417"
currency  = "USD"
date      = { column = "Posted", format = "%m/%d/%Y" }
amount    = { column = "Amount", decimal = ".", thousands = "," }
remitter  = "Description"
text      = ["Description", "Ref"]
kind      = { column = "Ref", values = { CHK = "check" } }

[policy]
tolerance = "0.50"
discount  = { percent = "2", days = 10, grace = 2 }

[[rule]]
name = "bank charges [[and]] interest"
when = { text = '\\b(service charge|wire fee)\\b' }
skip = true

[[rule]]
name     = "Rosewood quotes our invoices"
when     = { remitter = '^rosewood', text = 'INV[ -]?(?P<invoice>\\d{5,7})' }
customer = "10442"
invoice  = "INV-{invoice}"
test     = ['ROSEWOOD FLORAL | INV 10233 => 10442: 10233']

[[rule]]
name = "the rest"
hold = "nobody knows"
"""


def written(folder: Path, text: str, name: str = "fnb.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def refusal(folder: Path, text: str) -> str:
    with pytest.raises(MappingRefused) as caught:
        load(written(folder, text))
    return str(caught.value).replace(str(folder) + "/", "")


def test_a_mapping_loads_with_its_name_its_digest_and_the_lines_of_its_rules(
    tmp_path: Path,
) -> None:
    path = written(tmp_path, FNB)
    mapping = load(path)
    assert (mapping.name, mapping.path) == ("fnb", str(path))
    assert mapping.digest == hashlib.sha256(path.read_bytes()).hexdigest()
    assert [rule.line for rule in mapping.rule] == [19, 24, 31]
    assert mapping.policy.tolerance == Decimal("0.50")
    assert mapping.read.text == ("Description", "Ref")
    assert mapping.read.kind == KindColumn(column="Ref", values={"CHK": "check"})


def test_account_and_currency_may_be_columns(tmp_path: Path) -> None:
    text = FNB.replace('"USD"', '{ column = "Ref" }')
    assert load(written(tmp_path, text)).read.currency == Column(column="Ref")


def test_what_a_spreadsheet_editor_writes_loads(tmp_path: Path) -> None:
    path = tmp_path / "fnb.toml"
    path.write_bytes(b"\xef\xbb\xbf" + FNB.replace("\n", "\r\n").encode())
    assert [rule.line for rule in load(path).rule] == [19, 24, 31]


def test_a_folder_loads_by_name_and_may_be_empty(tmp_path: Path) -> None:
    assert load_folder(tmp_path) == ()
    written(tmp_path, FNB, "b.toml")
    written(tmp_path, FNB, "a.toml")
    (tmp_path / "customers.csv").write_text("remitter,customer\n")
    assert [mapping.name for mapping in load_folder(tmp_path)] == ["a", "b"]


def test_a_file_that_cannot_be_read_as_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "fnb.toml"
    path.write_bytes(b"[file]\nname = 'M\xfcller.csv'\n")
    with pytest.raises(MappingRefused, match="not UTF-8"):
        load(path)
    with pytest.raises(MappingRefused, match=r"b\.toml: cannot be read"):
        load(tmp_path / "b.toml")


@pytest.mark.parametrize("key", ["name", "path", "digest", "line"])
def test_what_loading_fills_in_cannot_be_said_in_the_file(
    tmp_path: Path, key: str
) -> None:
    assert refusal(tmp_path, f"{key} = 5\n" + FNB) == (
        f'fnb.toml:1: a mapping has no key "{key}"\n'
        "hint: the program fills it in; take the line out"
    )
    ruled = FNB.replace("skip = true", "skip = true\nline = 5")
    assert refusal(tmp_path, ruled) == (
        'fnb.toml:23: [[rule]] "bank charges [[and]] interest" has no key "line"\n'
        "hint: the program fills it in; take the line out"
    )


def test_a_flag_needs_the_values_of_both_signs(tmp_path: Path) -> None:
    text = FNB.replace('decimal = "."', 'flag = "Ref", negative = ["D"]')
    assert refusal(tmp_path, text) == (
        "fnb.toml:10: amount with flag needs column, negative and positive"
    )


def test_an_amount_range_that_nothing_is_in_is_refused(tmp_path: Path) -> None:
    text = FNB.replace("skip = true", "skip = true\namount = [500, 5]")
    assert "has an amount range that nothing is in" in refusal(tmp_path, text)


def test_a_rule_without_patterns_may_stand_last_or_narrow_by_money(
    tmp_path: Path,
) -> None:
    rule = '[[rule]]\nname = "all"\nhold = "x"\n'
    text = FNB.replace("[[rule]]", rule + "[[rule]]", 1)
    assert 'rule "all" fits everything' in refusal(tmp_path, text)
    load(written(tmp_path, text.replace('hold = "x"', 'money = "out"\nhold = "x"')))


def test_lines_are_found_through_strings_comments_and_lists() -> None:
    text = (
        "a = 1 # [not.this]\n"  # 1
        "[read]\n"  # 2
        'text = """\n'  # 3
        "[file]\n"  # 4
        'x = 1"""\n'  # 5
        "list = [\n"  # 6
        '  "[[rule]]",\n'  # 7
        "['in'], { deep = 1 },\n"  # 8
        "]\n"  # 9
        "date.format = 'a = \"#'\n"  # 10
        "[read.totals]\n"  # 11
        "footer = '^x = {'\n"  # 12
        "[[rule]]\n"  # 13
        "[rule.when]\n"  # 14
        "text = 'x'\n"  # 15
        "[[ rule ]]\n"  # 16
        "'name' = 'y'\n"  # 17
        "when = { text = 'a', remitter = 'b' }\n"  # 18
    )
    found = lines.places(text)
    assert ("file",) not in found
    assert ("read", "x") not in found
    assert ("in",) not in found
    assert {
        path: found[path]
        for path in [
            ("a",),
            ("read",),
            ("read", "text"),
            ("read", "list"),
            ("read", "list", "deep"),
            ("read", "date", "format"),
            ("read", "totals", "footer"),
            ("rule", 0, "when", "text"),
            ("rule", 1),
            ("rule", 1, "name"),
            ("rule", 1, "when", "remitter"),
        ]
    } == {
        ("a",): 1,
        ("read",): 2,
        ("read", "text"): 3,
        ("read", "list"): 6,
        ("read", "list", "deep"): 8,
        ("read", "date", "format"): 10,
        ("read", "totals", "footer"): 12,
        ("rule", 0, "when", "text"): 15,
        ("rule", 1): 16,
        ("rule", 1, "name"): 17,
        ("rule", 1, "when", "remitter"): 18,
    }
    assert lines.line(found, ("rule", 1, "amount", 0)) == 16
    assert lines.line(found, ("nothing",)) == 1


@given(st.text(alphabet="[]{}='\"#\n\r\u2028 ab.,\\", max_size=60))
def test_the_search_for_lines_takes_any_text(text: str) -> None:
    for number in lines.places(text).values():
        assert 1 <= number <= text.count("\n") + 1


def test_patterns_are_not_case_sensitive_and_name_what_they_find() -> None:
    pattern = patterns.compiled(r"inv(?P<invoice>\d+)")
    assert [found["invoice"] for found in pattern.finditer("INV1 Inv2")] == ["1", "2"]
    assert patterns.names(r"\(?P<x>|(?P<customer>a)(?P<paid>b)") == ("customer", "paid")


def test_a_pattern_has_a_longest_length() -> None:
    patterns.compiled("a" * patterns.LONGEST)
    with pytest.raises(patterns.NotPattern, match="at most"):
        patterns.compiled("a" * (patterns.LONGEST + 1))


def test_a_pattern_that_would_take_seconds_elsewhere_is_instant() -> None:
    assert not patterns.compiled("^(a+)+$").search("a" * 4000 + "!")
