"""The workspace: its folders, and what `importer.toml` and the environment say.

Any setting can be given as `IMPORTER_<SECTION>_<KEY>`; the environment wins over
the file.  The token itself stands in neither: the file names where it is kept.
Without a file everything runs against the embedded sandbox.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
)

from importer import toml
from importer.erp.kinds import Kind, Method, Played
from importer.errors import Fault, SettingsRefused

FILE = "importer.toml"
Subject = Literal["done", "needs_person", "stopped"]


class Section(BaseModel):
    """What all sections share: no unknown keys, and frozen once read."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _currency(code: str) -> str:
    if code and not (len(code) == 3 and code.isascii() and code.isupper()):  # noqa: PLR2004 -- ISO 4217
        raise ValueError(f'"{code}" is no currency: write three capitals like "USD"')
    return code


class ErpSection(Section):
    """Which ERP, where it is, where its token is kept, and what it allows.

    `daily_calls` is the number of calls the ERP allows in a day (Komet: 1,000 per
    paid user).  `methods` maps the kind of payment in a file to the ERP's payment
    method; `default` serves what neither file nor rule says.  `plays` is the ERP
    that the sandbox stands in for, `options` what only one kind of ERP has.
    """

    kind: Kind = "sandbox"
    plays: Played = "komet"
    url: str = ""
    token_env: str = ""
    token_file: str = ""
    token_keyring: str = ""
    location: str = ""
    currency: Annotated[str, AfterValidator(_currency)] = ""
    daily_calls: int = Field(default=1000, gt=0)
    timeout_seconds: int = Field(default=60, gt=0, le=600)
    methods: dict[str, Method] = {}
    options: dict[str, Any] = {}

    @property
    def client(self) -> str:
        """Return the kind of client that speaks to it: the sandbox plays one."""
        return self.plays if self.kind == "sandbox" else self.kind

    @property
    def name(self) -> str:
        """Name the company's books that are posted into, whatever the token."""
        if self.kind == "sandbox":
            return f"the sandbox, playing {self.plays}"
        company = self.options.get("organisation", "")
        host = urlsplit(self.url).hostname or ""
        return " ".join(filter(None, (self.kind, "at", host, str(company))))


class JournalSection(Section):
    """Where the journal is kept; a relative path is relative to the workspace.

    `erp` is the name under which it keeps its ERP, where the address has changed.
    """

    url: str = "sqlite:///journal.db"
    erp: str = ""


class PostingSection(Section):
    """How payments are sent: at once, and up to which amount without a person.

    `closed_until` is the last day of the months that accounting has closed; with
    `approve = "file"` nothing is sent that no person has approved.
    """

    workers: int = Field(default=4, ge=1, le=32)
    limit_per_payment: Annotated[Decimal, Field(gt=0)] | None = None
    limit_per_file: Annotated[Decimal, Field(gt=0)] | None = None
    closed_until: date | None = None
    approve: Literal["none", "file"] = "none"


class InboxSection(Section):
    """When a dropped file counts as whole, and what is too large to read.

    With `needs_line_end` the last row of a table is held where its line has no end,
    as one has that was cut off in the middle of an amount.
    """

    needs_line_end: bool = True
    quiet_seconds: int = Field(default=5, ge=0)
    megabytes_most: int = Field(default=100, gt=0)


class ReadingSection(Section):
    """What one file may take while it is read: sizes, cells, memory and time."""

    megabytes_most: int = Field(default=512, gt=0)
    unpacked_megabytes_most: int = Field(default=200, gt=0)
    cells_most: int = Field(default=8_000_000, gt=0)
    memory_megabytes_most: int = Field(default=256, ge=64)
    seconds_most: int = Field(default=60, gt=0)


class LogSection(Section):
    """What is logged, how, and where: a file that rotates, else standard error.

    A relative path is relative to the workspace; `keep` is how many full files stay.
    """

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["text", "json"] = "text"
    file: str = ""
    megabytes: int = Field(default=10, gt=0)
    keep: int = Field(default=10, gt=0)


class NotifySection(Section):
    """Whom to tell, and of what; addresses hold secrets, and stand elsewhere.

    `urls_env` names a variable with addresses, `urls_file` a file of them that only
    its owner can read.  There are at least `digest_minutes` between two messages.
    """

    urls_env: str = ""
    urls_file: str = ""
    on: frozenset[Subject] = frozenset(("done", "needs_person", "stopped"))
    digest_minutes: int = Field(default=15, ge=0)
    messages_an_hour: int = Field(default=4, gt=0)

    @field_validator("on", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        """Take what the environment gives as one text."""
        return value.replace(",", " ").split() if isinstance(value, str) else value


class ResultsSection(Section):
    """Whether a review workbook lies beside each result CSV, and up to which length."""

    workbook: bool = True
    workbook_rows_most: int = Field(default=20_000, gt=0, le=1_000_000)


class Settings(Section):
    """All of `importer.toml`."""

    erp: ErpSection = ErpSection()
    journal: JournalSection = JournalSection()
    posting: PostingSection = PostingSection()
    inbox: InboxSection = InboxSection()
    reading: ReadingSection = ReadingSection()
    results: ResultsSection = ResultsSection()
    log: LogSection = LogSection()
    notify: NotifySection = NotifySection()


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
