"""What a run logs: every step by its ids, and nothing that is anybody's secret."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "campaigns"))

import company
from company import Company

from importer import rounds
from importer.logs import keeping
from importer.logs.keeping import Keeping
from importer.sandbox import Sandbox

# What each does with the second payment of a file: no answer, a strange one, a no.
ACCIDENTS = ("drop", "hang", "garbage", "html", "says", "status", "refuse", "huge")


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    tokens = {company.TOKEN: "company"}
    with Sandbox(tmp_path / "sandbox.db", company.seed(), tokens=tokens) as running:
        yield running


@pytest.fixture
def here(tmp_path: Path, sandbox: Sandbox) -> Iterator[Company]:
    with Company(tmp_path, sandbox.url, timeout=0.5) as one:
        yield one


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Path]:
    """Log all there is to be logged."""
    path = tmp_path / "importer.log"
    keeping.start(Keeping(level="debug", file=path), {})
    yield path
    keeping.end()


def test_each_payment_is_followed_by_its_id_from_the_claim_to_the_end(
    here: Company, log: Path
) -> None:
    here.drop(range(2))
    lines = log.read_text("utf-8").splitlines()
    for one in here.entries().values():
        steps = [line for line in lines if f"remittance={one.id} " in line]
        assert ["claimed" in steps[0], "posted" in steps[1]] == [True, True]
        assert len(steps) == 2
    (taken,) = [line for line in lines if "file taken in" in line]
    assert taken.endswith("records=2 ready=2")
    assert (
        sum("answered call=payment.receive status=200" in line for line in lines) == 2
    )


@pytest.mark.parametrize("kind", ACCIDENTS)
def test_no_name_account_text_or_token_is_logged_whatever_happens(
    kind: str, here: Company, sandbox: Sandbox, log: Path
) -> None:
    (here.folder / "Rosewood 0417.csv").write_text("Payer;Orchard 0\n;US-0417\n")
    rounds.work(here.bench, [here.folder / "Rosewood 0417.csv"], post=True)
    said = f"{company.TOKEN}: Orchard 1 & Sons owes 10201"
    sandbox.accident(kind, times=3, body=said)
    here.drop(range(4))
    sandbox.accident(kind, method="payment.list", times=3, body=said)
    here.again(40)
    here.settle(40)
    text = log.read_text("utf-8")
    assert "file refused" in text
    assert "payment" in text
    secrets = (company.TOKEN, "CANARY", "Orchard", "Rosewood", "CHK", "0417", "100.00")
    assert [one for one in secrets if one in text] == []
