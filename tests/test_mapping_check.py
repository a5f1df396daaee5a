"""The `test` lines of rules."""

import pytest

from importer.mapping import check


def test_a_line_says_what_a_remitter_and_a_text_must_lead_to() -> None:
    line = check.parse_test("ROSEWOOD FLORAL | INV 10233 => 10442: 10233, 10240")
    assert (line.remitter, line.text) == ("ROSEWOOD FLORAL", "INV 10233")
    assert line.expected == check.ExpectPay("10442", ("10233", "10240"))


def test_a_text_may_hold_the_marks_itself() -> None:
    line = check.parse_test("A | b | c => d => skip")
    assert (line.remitter, line.text) == ("A", "b | c => d")
    assert line.expected == check.ExpectSkip()


def test_a_customer_may_stand_alone() -> None:
    assert check.parse_test("A|=>10442").expected == check.ExpectPay("10442", ())
    assert check.parse_test("A|x=>10442:").expected == check.ExpectPay("10442", ())
    assert check.parse_test("|x=>HOLD").expected == check.ExpectHold()


@pytest.mark.parametrize("line", ["", "A | b", "A => 1", "A | b =>", "A | b => : 5"])
def test_anything_else_is_refused(line: str) -> None:
    with pytest.raises(check.NotTest):
        check.parse_test(line)
