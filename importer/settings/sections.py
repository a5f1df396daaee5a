"""The sections of `importer.toml`, each key with its kind, bounds and default."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    field_validator,
)

from importer.erp.kinds import Kind, Method, Played

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
    workbook_rows_most: int = Field(default=5_000, gt=0, le=1_000_000)


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
