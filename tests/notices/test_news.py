"""What of a round is told: what there is to be done, and nobody's secret."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "campaigns"))

import company
from company import Company

from importer import rounds
from importer.errors import Fault, JournalRefused, StoppedEarly
from importer.notices import News
from importer.reconciling import Difference, Reconciled
from importer.rounds.news import news, stopped
from importer.rounds.reports import Round
from importer.sandbox import Sandbox


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    tokens = {company.TOKEN: "company"}
    with Sandbox(tmp_path / "sandbox.db", company.seed(), tokens=tokens) as running:
        yield running


@pytest.fixture
def here(tmp_path: Path, sandbox: Sandbox) -> Iterator[Company]:
    with Company(tmp_path, sandbox.url, timeout=0.5) as one:
        yield one


def told(done: Round, here: Company) -> list[News]:
    """Return what is told, less that all is well."""
    found = list(news(done, here.bench))
    said = "\n".join(one.text for one in found)
    assert not [word for word in ("Orchard", "CHK", "0417", "CANARY") if word in said]
    return [one for one in found if one.sign]


def test_a_file_that_is_done_is_told_with_its_counts_and_sums(here: Company) -> None:
    (one,) = told(here.drop(range(3)), here)
    assert (one.subject, one.text) == ("done", "bank0.csv: 3 posted 300.00 USD")


def test_what_the_erp_refuses_is_for_a_person_and_its_words_are_not_told(
    here: Company, sandbox: Sandbox
) -> None:
    sandbox.accident("refuse", times=1, applies="no")
    (one,) = told(here.drop(range(3)), here)
    assert one.subject == "needs_person"
    assert one.text == (
        "bank0.csv: 2 posted 200.00 USD; 1 refused by the ERP 100.00 USD"
    )


def test_a_round_that_stops_early_is_told_by_its_reason_alone(
    here: Company, sandbox: Sandbox
) -> None:
    said = "Orchard 1 & Sons: CANARY"
    sandbox.accident("says", times=9, applies="no", body=said)
    found = told(here.drop(range(4)), here)
    assert [one.subject for one in found] == ["needs_person", "stopped"]
    assert "2 in doubt 200.00 USD; 2 not sent yet 200.00 USD" in found[0].text
    assert "the ERP does not answer" in found[1].text
    fault = Fault("/srv/acme/journal.db", "the journal of Orchard cannot be used")
    assert "the journal cannot be used" in stopped(JournalRefused(fault)).text
    assert stopped(StoppedEarly(fault)).sign == found[1].sign


def test_a_file_that_could_not_be_used_is_told_once_a_day(here: Company) -> None:
    path = here.folder / "DE89370400440532013000\n2026-03-16.csv"
    path.write_text("Payer;Orchard\n")
    done = rounds.work(here.bench, [path], post=False)
    (one,) = told(done, here)
    assert one.text == (
        "DE…3000_2026-03-16.csv: could not be used, nothing of it was taken in"
    )
    assert one.subject == "needs_person"
    assert told(done, here)[0].sign == one.sign
    here.again(24 * 60)
    assert told(done, here)[0].sign != one.sign


def test_differences_of_a_sweep_are_told_by_their_kind_and_where_they_stand(
    here: Company,
) -> None:
    found = Reconciled(
        differences=(
            Difference("doubled", "BK1", "1", "Orchard"),
            Difference("missing", "BK2", "2", "Orchard"),
            Difference("missing", "BK3", "3", "Orchard"),
        )
    )
    done = replace(here.again(), reconciled=found, worklist=Path("sweep.1.csv"))
    (one,) = told(done, here)
    assert one.text == (
        "the ERP has otherwise what was posted: 1 doubled, 2 missing: sweep.1.csv"
    )


def test_what_waits_for_approval_is_told_until_it_changes(here: Company) -> None:
    section = here.bench.workspace.settings
    posting = section.posting.model_copy(update={"approve": "file"})
    settings = section.model_copy(update={"posting": posting})
    here.bench = replace(
        here.bench, workspace=replace(here.bench.workspace, settings=settings)
    )
    (one,) = told(here.drop(range(2)), here)
    assert (one.subject, one.text) == (
        "needs_person",
        "bank0.csv: 2 wait for approval, 200.00 USD",
    )
    assert told(here.again(), here) == [one]
