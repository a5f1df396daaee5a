"""What is told, and when: the same thing once, in few messages, and nothing is lost."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from importer.notices import News, calm, memory
from importer.notices.memory import Memory
from importer.settings.sections import NotifySection

AT = datetime(2026, 3, 18, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ALL = ("done", "needs_person", "stopped")
SECTION = NotifySection(digest_minutes=15, messages_an_hour=4)


def held(name: str, count: int = 1) -> News:
    return News(name, "needs_person", f"{name}: {count} held", str(count))


def away() -> News:
    return News("posting", "stopped", "stopped early: the ERP is away", "away")


def heard(*news: News, before: Memory | None = None, on: Sequence[str] = ALL) -> Memory:
    return memory.heard(before or Memory(), news, on)  # type: ignore[arg-type] # words


def told(before: Memory, at: datetime = AT) -> Memory:
    return memory.carried(before, memory.message(before, "acme", ""), at)


def test_several_files_are_one_message_by_what_they_are() -> None:
    done = News("c", "done", "c.csv: 3 posted 30.00 USD", "3")
    said = memory.message(heard(held("a"), done, held("b"), away()), "acme", "Open it.")
    assert said.title == "acme remittances: 1 stopped, 2 for a person, 1 done"
    assert said.body == (
        "Stopped:\n- stopped early: the ERP is away\n\n"
        "For a person:\n- a: 1 held\n- b: 1 held\n\n"
        "Done:\n- c.csv: 3 posted 30.00 USD\n\nOpen it."
    )


def test_of_very_many_the_first_are_told_and_the_number_of_the_others() -> None:
    many = heard(*(held(str(number)) for number in range(30)))
    said = memory.message(many, "acme", "")
    assert said.title == "acme remittances: 30 for a person"
    assert said.body.count("held") == 20
    assert "- and 10 more" in said.body


def test_of_each_thing_only_the_last_word_is_told() -> None:
    found = heard(held("a", 1), held("a", 2))
    assert [one.text for one in found.pending.values()] == ["a: 2 held"]


def test_the_same_is_not_told_again_until_it_changes() -> None:
    before = told(heard(held("a")))
    assert not heard(held("a"), before=before).pending
    assert heard(held("a", 2), before=before).pending
    # It changed and changed back before anybody was told.
    assert not heard(held("a", 2), held("a"), before=before).pending


def test_that_all_is_well_is_news_only_to_who_was_told_of_trouble() -> None:
    well = calm("posting", "work goes on again")
    assert not heard(well).pending
    assert not heard(away(), well).pending
    before = told(heard(away()))
    after = heard(well, before=before)
    assert after.pending == {"posting": well}
    assert heard(away(), before=told(after)).pending


def test_only_what_is_wanted_is_told() -> None:
    done = News("a", "done", "a.csv: all posted", "4")
    assert not heard(held("b"), done, on=("stopped",)).pending
    # What needed a person and is done meanwhile is no news to who wants the first.
    assert not heard(held("a"), done, on=("needs_person",)).pending


def test_the_first_message_leaves_at_once_and_the_next_after_the_digest() -> None:
    first = heard(held("a"))
    assert memory.due(first, AT, SECTION)
    second = heard(held("b"), before=told(first))
    assert not memory.due(second, AT + 14 * MINUTE, SECTION)
    assert memory.due(second, AT + 15 * MINUTE, SECTION)


def test_a_stop_does_not_wait_for_the_digest_but_for_the_hour() -> None:
    before = told(heard(held("a")))
    assert memory.due(heard(away(), before=before), AT + MINUTE, SECTION)
    for number in range(3):
        before = told(heard(held(f"b{number}"), before=before), AT + number * MINUTE)
    assert len(before.sent) == 4
    after = heard(away(), before=before)
    assert not memory.due(after, AT + 59 * MINUTE, SECTION)
    assert memory.due(after, AT + 61 * MINUTE, SECTION)


def test_nothing_is_due_without_news() -> None:
    assert not memory.due(Memory(), AT, SECTION)


def test_what_could_not_be_sent_is_kept_and_tried_more_and_more_rarely() -> None:
    now, before, rests = AT, heard(held("a")), []
    for _ in range(9):
        before = memory.failed(before, now, "it did not take the message")
        assert before.pending
        start = now
        while not memory.due(before, now, SECTION):
            now += MINUTE
        rests.append((now - start) // MINUTE)
    assert rests == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert before.why == "it did not take the message"
    assert not told(before).why


def test_what_is_heard_while_a_message_is_under_way_is_told_later() -> None:
    before = heard(held("a"), held("b"))
    said = memory.message(before, "acme", "")
    after = memory.carried(heard(held("a", 5), before=before), said, AT)
    assert [one.text for one in after.pending.values()] == ["a: 5 held"]


def test_it_is_read_as_it_was_written_and_what_is_broken_is_forgotten(
    tmp_path: Path,
) -> None:
    path = tmp_path / ".notices"
    known = heard(held("b"), before=memory.failed(told(heard(held("a"))), AT, "no"))
    memory.write(known, path)
    assert memory.read(path) == known
    for broken in ("", "[]", "{}", '{"pending": [{"about": 1}]}'):
        path.write_text(broken)
        assert memory.read(path) == Memory()


def test_what_was_told_long_ago_is_forgotten_one_day() -> None:
    found = Memory()
    for number in range(3000):
        found = heard(held(str(number)), before=found)
    assert len(told(found).told) == 2000


@given(
    st.lists(
        st.tuples(
            st.integers(0, 20),
            st.sampled_from(["a", "b", "posting"]),
            st.integers(0, 3),
            st.booleans(),
        ),
        max_size=60,
    )
)
def test_few_messages_an_hour_and_in_the_end_all_is_told(
    events: list[tuple[int, str, int, bool]],
) -> None:
    now, found, last = AT, Memory(), dict[str, str]()
    sent: list[datetime] = []

    def step(before: Memory, *, works: bool) -> Memory:
        if not memory.due(before, now, SECTION):
            return before
        if not works:
            return memory.failed(before, now, "no")
        sent.append(now)
        return told(before, now)

    for minutes, about, count, works in events:
        now += minutes * MINUTE
        sign = str(count) if count else ""
        last[about] = sign
        found = heard(News(about, "needs_person", "said", sign), before=found)
        found = step(found, works=works)
    for _ in range(10):
        now += 61 * MINUTE
        found = step(found, works=True)
    assert not found.pending
    assert dict(found.told) == {about: sign for about, sign in last.items() if sign}
    for at in sent:
        assert len([one for one in sent if at <= one < at + timedelta(hours=1)]) <= 4
