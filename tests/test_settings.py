"""Settings: what the file and the environment say, and how each fault is named."""

from decimal import Decimal
from pathlib import Path

import pytest

from importer import settings, tokens
from importer.errors import SettingsRefused


def written(folder: Path, text: str) -> Path:
    (folder / "importer.toml").write_text(text, encoding="utf-8")
    return folder


def test_without_a_file_everything_runs_against_the_sandbox(tmp_path: Path) -> None:
    workspace = settings.load(tmp_path, {})
    assert not workspace.configured
    assert workspace.settings.erp.kind == "sandbox"
    assert workspace.journal_url == f"sqlite:///{tmp_path}/journal.db"


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    written(tmp_path, '[erp]\nkind = "komet"\n[erp.methods]\ncheck = 12\n')
    environment = {
        "IMPORTER_ERP_DAILY_CALLS": "3000",
        "IMPORTER_ERP_METHODS_WIRE": "14",
        "IMPORTER_POSTING_LIMIT_PER_PAYMENT": "500.00",
    }
    found = settings.load(tmp_path, environment).settings
    assert found.erp.kind == "komet"
    assert found.erp.daily_calls == 3000
    assert found.erp.methods["wire"] == 14
    assert found.posting.limit_per_payment == Decimal("500.00")


def test_all_faults_are_named_with_their_lines(tmp_path: Path) -> None:
    text = '[erp]\nkind = "komets"\ntokenenv = "T"\n\n[posting]\nworkers = 0\n'
    written(tmp_path, text)
    with pytest.raises(SettingsRefused) as caught:
        settings.load(tmp_path, {})
    message = str(caught.value)
    for line in (2, 3, 6):
        assert f"importer.toml:{line}: " in message
    assert 'did you mean "token_env"?' in message


def test_what_is_not_toml_is_refused_with_its_line(tmp_path: Path) -> None:
    written(tmp_path, "[erp]\nkind = komet\n")
    with pytest.raises(SettingsRefused, match=r"importer\.toml:2: is not TOML"):
        settings.load(tmp_path, {})


def test_a_folder_that_is_not_there_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(SettingsRefused, match="importer init"):
        settings.load(tmp_path / "nowhere", {})


def test_a_token_comes_from_the_environment_or_a_private_file(tmp_path: Path) -> None:
    written(tmp_path, '[erp]\nkind = "komet"\ntoken_env = "K"\n')
    workspace = settings.load(tmp_path, {})
    assert tokens.fetch(workspace, {"K": " secret \n"}) == "secret"
    with pytest.raises(SettingsRefused, match='has no "K"'):
        tokens.fetch(workspace, {})

    written(tmp_path, '[erp]\nkind = "komet"\ntoken_file = "token"\n')
    workspace = settings.load(tmp_path, {})
    kept = tmp_path / "token"
    kept.write_text("secret\n", encoding="utf-8")
    kept.chmod(0o644)
    with pytest.raises(SettingsRefused, match="can be read by others"):
        tokens.fetch(workspace, {})
    kept.chmod(0o600)
    assert tokens.fetch(workspace, {}) == "secret"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("", "the sandbox, playing komet"),
        ('plays = "crmcom"', "the sandbox, playing crmcom"),
        ('kind = "komet"\nurl = "https://erp.example:84/api"', "komet at erp.example"),
        (
            'kind = "crmcom"\nurl = "https://a.example"\noptions.organisation = "ACME"',
            "crmcom at a.example ACME",
        ),
    ],
)
def test_the_company_s_books_have_a_name_for_the_journal(
    tmp_path: Path, text: str, name: str
) -> None:
    written(tmp_path, f"[erp]\n{text}\n")
    assert settings.load(tmp_path, {}).settings.erp.name == name


def test_whom_to_tell_of_what_may_come_from_the_environment(tmp_path: Path) -> None:
    said = {"IMPORTER_NOTIFY_ON": "done, stopped", "IMPORTER_NOTIFY_URLS_ENV": "URLS"}
    found = settings.load(tmp_path, said).settings.notify
    assert sorted(found.on) == ["done", "stopped"]
    assert found.urls_env == "URLS"
    with pytest.raises(SettingsRefused, match='"finished" and must be "done"'):
        settings.load(tmp_path, {"IMPORTER_NOTIFY_ON": "finished"})
