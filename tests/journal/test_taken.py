"""What payments take from the books: what is kept of earlier questions stays true."""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent))

from clerk import Clerk, workplace

from importer.journal import Journal

POSTED = "BLOOM & STEM LLC|INV 10205|1240.00|A1"
DOUBTFUL = "STEMS DIRECT|INV 10244|1118.20|A2"
HELD = "ROSEDALE FLORISTS INC|INV 10251|800.00|A3"


@pytest.mark.parametrize("days", [-1, 1])
def test_what_is_known_from_before_changes_no_answer(tmp_path: Path, days: int) -> None:
    at = datetime.now(UTC) + timedelta(days=days)
    taken = []
    with workplace(tmp_path) as clerk:
        address = f"sqlite:///{clerk.root / 'journal.db'}"
        clerk.importer("status")
        with Journal.open(address) as asked:
            for _ in lived(clerk):
                known = dict(asked.taken_since(at))
                with Journal.open(address) as fresh:
                    assert known == dict(fresh.taken_since(at))
                taken.append(sorted(known))
    two = ["10205", "10244"]
    if days < 0:
        assert taken == [["10205"], ["10205"], two, two, two, [*two, "10251"]]
    else:
        # Books of tomorrow have what was posted today; what is open they lack.
        assert taken == [["10205"], [], ["10244"], [], [], []]


def lived(clerk: Clerk) -> Iterator[None]:
    """Let remittances come to be ready, posted, in doubt, held, and posted at last."""
    clerk.importer("run", "--no-post", clerk.statement(POSTED))
    yield
    clerk.importer("post")
    yield
    clerk.sandbox.accident("drop", applies="no")
    clerk.taken(DOUBTFUL, HELD, name="FNB_second.csv")
    yield
    for key, word in (("A2", "send again"), ("A2", "send again"), ("A3", "post")):
        sheet = clerk.saved({key: {"decision": word}}, "FNB_second.csv")
        clerk.importer("run", sheet)
        yield
