"""The gallery of errors: each folder provokes one, and its exact words are kept.

`tests/errors/<name>/` holds mappings or a customers.csv that cannot be used, and
`expected.txt`, which is what a person sees.
"""

from pathlib import Path

import pytest

from importer.errors import ImporterError
from importer.mapping.aliases import load_aliases
from importer.mapping.load import load_folder

GALLERY = Path(__file__).parent / "errors"
ENTRIES = sorted(
    folder.name for folder in GALLERY.iterdir() if list(folder.glob("*.toml"))
)
ALIASES = sorted(
    folder.name for folder in GALLERY.iterdir() if list(folder.glob("customers.csv"))
)


@pytest.mark.parametrize("name", ENTRIES)
def test_a_mapping_that_cannot_be_used_says_why(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(GALLERY / name)
    with pytest.raises(ImporterError) as caught:
        load_folder(Path())
    assert f"{caught.value}\n" == Path("expected.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ALIASES)
def test_an_alias_table_that_cannot_be_used_says_why(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(GALLERY / name)
    with pytest.raises(ImporterError) as caught:
        load_aliases(Path("customers.csv"))
    assert f"{caught.value}\n" == Path("expected.txt").read_text(encoding="utf-8")
