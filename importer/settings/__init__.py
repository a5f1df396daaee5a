"""The workspace: its folders, and what `importer.toml` and the environment say.

Any setting can be given as `IMPORTER_<SECTION>_<KEY>`; the environment wins over
the file.  The token itself stands in neither: the file names where it is kept.
Without a file everything runs against the embedded sandbox.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from importer import toml
from importer.errors import Fault, SettingsRefused
from importer.settings.sections import Settings

FILE = "importer.toml"


@dataclass(frozen=True, slots=True)
class Workspace:
    """The folder in which everything of one company lies, and its settings.

    `configured` is false where there is no `importer.toml`.
    """

    root: Path
    settings: Settings
    configured: bool

    @property
    def mappings(self) -> Path:
        """Return the folder of mappings."""
        return self.root / "mappings"

    @property
    def aliases(self) -> Path:
        """Return the table of remitters and customers."""
        return self.root / "mappings" / "customers.csv"

    @property
    def inbox(self) -> Path:
        """Return the folder that is watched."""
        return self.root / "inbox"

    @property
    def archive(self) -> Path:
        """Return where files lie that were taken in."""
        return self.root / "archive"

    @property
    def refused(self) -> Path:
        """Return where files lie that could not be used, with the reason."""
        return self.root / "refused"

    @property
    def results(self) -> Path:
        """Return where result CSVs are written."""
        return self.root / "results"

    @property
    def books(self) -> Path:
        """Return the file of the books."""
        return self.root / "books.db"

    @property
    def heartbeat(self) -> Path:
        """Return the file in which the watcher says that it lives."""
        return self.root / "heartbeat"

    @property
    def ledger(self) -> Path:
        """Return the ledger's file."""
        return self.root / "ledger.csv"

    @property
    def journal_url(self) -> str:
        """Return the journal's address, with a relative path made absolute."""
        scheme, _, path = self.settings.journal.url.partition(":///")
        if scheme == "sqlite" and not Path(path).is_absolute():
            return f"sqlite:///{self.root / path}"
        return self.settings.journal.url


def load(root: Path, environment: Mapping[str, str]) -> Workspace:
    """Read the settings of a workspace; all faults are raised at once."""
    root = root.absolute()
    if not root.is_dir():
        raise SettingsRefused(
            Fault(
                str(root),
                "there is no such folder",
                hint="name an existing folder with --workspace, "
                f"or make one: importer init --workspace {root}",
            )
        )
    path = root / FILE
    # Neither a folder of this name nor a link to nowhere means the sandbox.
    is_there = path.exists() or path.is_symlink()
    document = toml.read(path, SettingsRefused) if is_there else None
    values: dict[str, Any] = {**document.values} if document else {}
    given = _from_environment(environment)
    for section, keys in given.items():
        known = values.get(section, {})
        tables = {
            key: {**known[key], **value}
            for key, value in keys.items()
            if isinstance(value, dict) and isinstance(known.get(key), dict)
        }
        values[section] = {**known, **keys, **tables}
    faults = list(_misspelt(environment))
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        if document is None:
            document = toml.Document(FILE, "", values)
        faults += toml.faults(error, document, Settings, _named(environment))
    if faults:
        raise SettingsRefused(*faults)
    return Workspace(root, settings, configured=bool(values))


def _named(environment: Mapping[str, str]) -> dict[toml.Location, str]:
    """Name the variable of each key that the environment gives."""
    found: dict[toml.Location, str] = {}
    for name in environment:
        for section, keys in _from_environment({name: ""}).items():
            for key, value in keys.items():
                parts = [(part,) for part in value] if isinstance(value, dict) else [()]
                found |= {(section, key, *part): name for part in parts}
    return found


def _misspelt(environment: Mapping[str, str]) -> Iterator[Fault]:
    """Refuse names that are nearly ours: a limit that is not read limits nothing."""
    for name in sorted(environment):
        words = name.lower().split("_", 2)
        if len(words) < 3 or words[0] != "importer":  # noqa: PLR2004 -- three words
            continue
        known = list(Settings.model_fields)
        if words[1] not in known and (near := get_close_matches(words[1], known, n=1)):
            meant = f"IMPORTER_{near[0].upper()}_{words[2].upper()}"
            yield Fault(name, "no setting is named so", hint=f'did you mean "{meant}"?')


def _from_environment(environment: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Collect IMPORTER_<SECTION>_<KEY>; other names are somebody else's."""
    found: dict[str, dict[str, Any]] = {}
    for name, value in environment.items():
        words = name.lower().split("_", 2)
        if len(words) < 3 or words[0] != "importer":  # noqa: PLR2004 -- three words
            continue
        _, section, key = words
        if section not in Settings.model_fields:
            continue
        table, _, rest = key.partition("_")
        if section == "erp" and table in ("methods", "options"):
            found.setdefault("erp", {}).setdefault(table, {})[rest] = value
        else:
            found.setdefault(section, {})[key] = value
    return found
