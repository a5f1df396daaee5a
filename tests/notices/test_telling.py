"""Telling over a real server: it arrives, and whatever the server does stops nobody."""

import os
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from hook import Hook, nobody_listens, serving

from importer import settings
from importer.errors import SettingsRefused
from importer.notices import News, addresses, courier, memory, teller
from importer.settings import Workspace

NEWS = News("a", "needs_person", "a.csv: 2 held 30.00 USD", "2")
MORE = News("b", "needs_person", "b.csv: 1 held 10.00 USD", "1")


@pytest.fixture
def hook() -> Iterator[Hook]:
    with serving() as one:
        yield one


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the process that sends give up early, and be given up on soon after."""
    monkeypatch.setattr(courier, "SECONDS_MOST", 2)


def workspace(folder: Path, *lines: str, more: str = "") -> Workspace:
    path = folder / "urls-and-tokens"
    path.write_text("\n".join(("# of the chat", *lines)), encoding="utf-8")
    path.chmod(0o600)
    text = f'[notify]\nurls_file = "{path.name}"\ndigest_minutes = 0\n{more}'
    (folder / "importer.toml").write_text(text, encoding="utf-8")
    return settings.load(folder, {})


def now() -> datetime:
    return datetime.now(UTC)


def tell(here: Workspace, *news: News) -> None:
    with teller.telling(here, os.environ, now) as say:
        say(news)


def test_a_message_arrives_with_all_news_and_where_to_look(
    tmp_path: Path, hook: Hook
) -> None:
    here = workspace(tmp_path, hook.address)
    tell(here, NEWS, MORE)
    (one,) = hook.told
    assert one["title"] == f"{tmp_path.name} remittances: 2 for a person"
    assert "- a.csv: 2 held 30.00 USD\n- b.csv: 1 held 10.00 USD" in one["message"]
    assert f"Open {tmp_path / 'results'} on " in one["message"]
    tell(here, NEWS)
    assert len(hook.told) == 1
    assert teller.trouble_of(here) == ""


def test_what_waits_for_the_digest_is_told_by_a_later_process(
    tmp_path: Path, hook: Hook
) -> None:
    here = workspace(tmp_path, hook.address)
    slow = workspace(tmp_path, hook.address, more="messages_an_hour = 1\n")
    tell(slow, NEWS)
    tell(slow, MORE)
    assert len(hook.told) == 1
    tell(here)
    assert "b.csv" in hook.told[1]["message"]


@pytest.mark.parametrize("habit", ["refuses", "hangs", "drips"])
def test_a_server_that_does_not_take_it_costs_a_bounded_time_and_is_told_in_status(
    habit: str, tmp_path: Path, hook: Hook
) -> None:
    hook.habit = habit
    here = workspace(tmp_path, hook.address)
    start = time.monotonic()
    with teller.telling(here, os.environ, now) as say:
        say([NEWS])
        # Nobody waits while it is sent.
        assert time.monotonic() - start < 1
        while not hook.asked and time.monotonic() - start < 20:
            time.sleep(0.02)
    assert time.monotonic() - start < courier.SECONDS_MOST + courier.SECONDS_MORE
    assert hook.asked
    assert "address 1 (json): " in teller.trouble_of(here)
    rested = memory.read(here.root / ".notices")
    assert rested.pending
    hook.habit = "takes"
    long_ago = datetime(2026, 1, 1, tzinfo=UTC)
    memory.write(memory.failed(rested, long_ago, "no"), here.root / ".notices")
    tell(here)
    assert "a.csv" in hook.text
    assert teller.trouble_of(here) == ""


def test_one_address_that_fails_does_not_hold_up_the_others(
    tmp_path: Path, hook: Hook
) -> None:
    here = workspace(tmp_path, nobody_listens(), "nonsense://", "plain", hook.address)
    tell(here, NEWS)
    assert "a.csv" in hook.text
    said = teller.trouble_of(here)
    assert "address 1 (json): it did not take the message" in said
    assert "address 2 (nonsense): it is no address that apprise knows" in said
    assert "address 3 (unknown): it is no address that apprise knows" in said
    assert "address 4" not in said
    # It was told: nobody wants it again for the sake of a wrong address.
    assert not memory.read(tmp_path / ".notices").pending


def test_no_address_and_no_token_is_in_what_is_kept_or_said(
    tmp_path: Path, hook: Hook, capfd: pytest.CaptureFixture[str]
) -> None:
    hook.habit = "refuses"
    here = workspace(tmp_path, hook.address, nobody_listens())
    tell(here, NEWS)
    kept = (tmp_path / ".notices").read_text("utf-8")
    assert "CANARY" not in kept + teller.trouble_of(here) + "".join(capfd.readouterr())


def test_without_apprise_nothing_breaks(
    tmp_path: Path, hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "apprise.py").write_text('raise ImportError("there is none")\n')
    path = os.pathsep.join((str(tmp_path), *filter(None, sys.path)))
    monkeypatch.setenv("PYTHONPATH", path)
    here = workspace(tmp_path, hook.address)
    tell(here, NEWS)
    said = teller.trouble_of(here)
    assert f"apprise is not installed: {sys.executable} -m pip install apprise" in said


def test_a_courier_that_says_nonsense_or_nothing_is_a_message_not_sent(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for program in ("/bin/true", "/bin/false", str(tmp_path / "none")):
        monkeypatch.setattr(sys, "executable", program)
        said = courier.carry(["json://127.0.0.1"], "title", "body", {})
        assert said.taken == 0
        assert said.faults


def test_the_process_that_sends_does_not_know_the_token_of_the_erp(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    more = '[erp]\nkind = "komet"\nurl = "https://erp.example"\ntoken_env = "KOMET"\n'
    here = workspace(tmp_path, "json://127.0.0.1", more=more)
    given: dict[str, str] = {}

    def carried(*said: object) -> courier.Carried:
        given.update(said[-1])  # type: ignore[call-overload] # the environment
        return courier.Carried(1)

    monkeypatch.setattr(courier, "carry", carried)
    environment = {"KOMET": "CANARY-komet", "PATH": "/bin"}
    teller.send_a_test(here, environment)
    assert given == {"PATH": "/bin"}


def test_addresses_come_from_the_environment_and_a_private_file(
    tmp_path: Path,
) -> None:
    here = workspace(tmp_path, "json://one", "  # none", "json://two json://three")
    assert addresses.fetch(here, {}) == ("json://one", "json://two", "json://three")
    (tmp_path / "importer.toml").write_text('[notify]\nurls_env = "URLS"\n')
    here = settings.load(tmp_path, {})
    assert addresses.fetch(here, {"URLS": "json://a\njson://b"}) == (
        *("json://a", "json://b"),
    )
    with pytest.raises(SettingsRefused, match='no "URLS"'):
        addresses.fetch(here, {})
    with pytest.raises(SettingsRefused, match="no address"):
        addresses.fetch(here, {"URLS": "# json://a"})


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such rights")
def test_a_file_of_addresses_that_others_can_read_is_refused(tmp_path: Path) -> None:
    here = workspace(tmp_path, "json://127.0.0.1/CANARY-path")
    (tmp_path / "urls-and-tokens").chmod(0o640)
    with pytest.raises(SettingsRefused, match="can be read by others") as error:
        addresses.fetch(here, {})
    assert "CANARY" not in str(error.value)
    # In the midst of the work that is told in status, and stops nothing.
    tell(here, NEWS)
    assert "can be read by others" in teller.trouble_of(here)


def test_a_fault_in_what_is_told_stops_nobody(tmp_path: Path) -> None:
    here = workspace(tmp_path, nobody_listens())

    def broken() -> Iterator[News]:
        yield NEWS
        raise ValueError("a fault of ours")

    with teller.telling(here, os.environ, now) as say:
        say(broken())
    (tmp_path / ".notices.lock").unlink(missing_ok=True)
    (tmp_path / ".notices.lock").mkdir()
    tell(here, NEWS)
