"""Make a workspace, and turn one from its rehearsal to the real ERP.

    make         folders, settings, an empty table of aliases
    go_live      set the rehearsal aside and name the ERP

A rehearsal is a workspace whose ERP is the sandbox.  Its journal is never gone on
with: what was played there is set aside whole, so that the same files may come
again and be posted.
"""

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from importer import files
from importer.errors import Fault, SettingsRefused

SETTINGS = "importer.toml"
FOLDERS = ("mappings", "inbox", "archive", "refused", "results")
PLAYED = (
    *("journal.db", "journal.db-journal", "books.db", "sandbox.db", "heartbeat"),
    *("ledger.csv", ".ledger.csv.upto", "report.html", ".told", ".notices"),
    *("archive", "refused", "results"),
)
"""What a rehearsal leaves behind; the journal goes first."""

URLS = {"komet": "https://api.kometsales.com/api"}
TOKENS = {"komet": "KOMET_TOKEN", "crmcom": "CRMCOM_PASSWORD"}
ASKED: Mapping[str, Mapping[str, str | None]] = {
    "crmcom": {"user": "importer", "organisation": None, "type": "Invoice Payment"}
}
"""The keys of `[erp.options]` that an ERP cannot do without, and what is usual."""

_METHODS: Mapping[str, Mapping[str, object]] = {
    "komet": {"check": 12, "ach": 13, "wire": 14, "card": 15, "default": 12},
    "crmcom": {
        "check": "Check",
        "ach": "ACH",
        "wire": "Wire",
        "card": "Credit Card",
        "default": "Check",
    },
}
_OPTIONS: Mapping[str, Mapping[str, object]] = {
    "komet": {},
    "crmcom": {
        "user": "sandbox",
        "organisation": "DEMO",
        "type": "Invoice Payment",
        "udf_string_1": "{reference}",
    },
}
_HEAD = """\
# What this company's importer needs to know.  Any key can also be given in the
# environment: IMPORTER_ERP_KIND=komet and so on.

"""
_REST = """\
[posting]
workers = 4
# limit_per_payment = "50000.00"  # what is above waits for a person
# limit_per_file = "500000.00"    # a file that would pay more waits, all of it
# closed_until = 2026-03-31       # nothing is paid into months that are closed
# approve = "file"                # nothing is sent that no person has approved

[inbox]
quiet_seconds = 5                 # a dropped file must have been still for so long

# [notify]                        # tell people who do not look (pip install apprise)
# urls_file = "notify.txt"        # addresses, one a line, that only you can read

# [log]                           # what a service did, by ids and counts
# file = "importer.log"
"""
# A comment right above the next table is that table's.
_TABLES = re.compile(
    r"^\[erp(\.\w+)?\].*?(?=^(?:[ \t]*#[^\n]*\n)*\[|\Z)", re.MULTILINE | re.DOTALL
)


@dataclass(frozen=True, slots=True)
class ErpChoice:
    """Which ERP, as `[erp]` names it.

    `kept` is where the token is kept: the key of `[erp]` and its value.
    """

    kind: str = "sandbox"
    plays: str = "komet"
    url: str = ""
    kept: tuple[str, str] = ("", "")
    location: str = ""
    currency: str = ""
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def client(self) -> str:
        """Return the kind that is spoken to; the sandbox plays one."""
        return self.plays if self.kind == "sandbox" else self.kind


REHEARSAL = ErpChoice()


def text(chosen: ErpChoice = REHEARSAL) -> str:
    """Write a whole `importer.toml`."""
    return f"{_HEAD}{_erp(chosen)}{_REST}"


def _erp(chosen: ErpChoice) -> str:
    """Write `[erp]` and the tables in it."""
    played = _OPTIONS[chosen.plays] if chosen.kind == "sandbox" else {}
    options = {**played, **chosen.options}
    lines = ["[erp]", *_keys(_said(chosen)), "", "[erp.methods]"]
    methods = "kind of payment in a file -> the ERP's method"
    lines[-1] = _explained(lines[-1], methods)
    lines += _keys({key: (one, "") for key, one in _METHODS[chosen.client].items()})
    if options:
        lines += ["", "[erp.options]"]
        lines += _keys({key: (one, "") for key, one in options.items()})
    return "\n".join((*lines, "", ""))


def _said(chosen: ErpChoice) -> dict[str, tuple[object, str]]:
    """Return the keys of `[erp]`, each with its value and its remark."""
    if chosen.kind == "sandbox":
        played = "a rehearsal; the real one: importer init --erp KIND"
        said: dict[str, tuple[object, str]] = {
            "kind": ("sandbox", played),
            "plays": (chosen.plays, "the ERP that it stands in for"),
        }
    else:
        key, value = chosen.kept
        said = {
            "kind": (chosen.kind, ""),
            "url": (chosen.url, ""),
            key: (value, "where the token is kept, never the token"),
            "daily_calls": (1000, "what the ERP allows in a day"),
        }
    if chosen.location:
        said["location"] = (chosen.location, "")
    if chosen.currency:
        said["currency"] = (chosen.currency, "money in any other waits for a person")
    return said


def _keys(said: Mapping[str, tuple[object, str]]) -> list[str]:
    width = max(map(len, said))
    return [
        _explained(f"{key:{width}} = {json.dumps(value, ensure_ascii=False)}", remark)
        for key, (value, remark) in said.items()
    ]


def _explained(line: str, remark: str) -> str:
    return f"{line:<33} # {remark}" if remark else line


def make(root: Path, settings: str = "") -> None:
    """Make the folders and the settings of a workspace."""
    path = root / SETTINGS
    if path.exists():
        raise SettingsRefused(
            Fault(
                str(path),
                "there is a workspace here already",
                hint="name another folder with --workspace, "
                "or a bank file to guess a mapping from: importer init FILE",
            )
        )
    for folder in FOLDERS:
        (root / folder).mkdir(parents=True, exist_ok=True)
    files.whole(path, (settings or text()).encode())
    aliases = root / "mappings" / "customers.csv"
    if not aliases.exists():
        aliases.write_text("remitter,account,customer,since,by,note\n", "utf-8")


def go_live(root: Path, chosen: ErpChoice, today: date) -> Path:
    """Set all aside that was played, and name the ERP; return where the play lies.

    The settings come last: who is stopped on the way has a rehearsal without a
    journal, and does it again.  Only tables of `[erp]` are written anew.
    """
    old = (root / SETTINGS).read_bytes().decode("utf-8-sig")
    new = _replaced(old, _erp(chosen), root / SETTINGS)
    folder = _unused(root / f"rehearsal-{today:%Y%m%d}")
    folder.mkdir()
    for name in PLAYED:
        if (root / name).exists():
            (root / name).rename(folder / name)
    for name in FOLDERS:
        (root / name).mkdir(exist_ok=True)
    files.whole(folder / SETTINGS, old.encode())
    files.whole(root / SETTINGS, new.encode())
    return folder


def _replaced(old: str, erp: str, path: Path) -> str:
    """Put new tables of `[erp]` where the first of the old ones stood."""
    first = _TABLES.search(old)
    at = first.start() if first else len(old)
    new = _TABLES.sub("", old[:at]) + erp + _TABLES.sub("", old[at:])
    try:
        before, after, wanted = map(tomllib.loads, (old, new, erp))
    except tomllib.TOMLDecodeError:
        before, after, wanted = {}, {"not": "TOML"}, {}
    if after != {**before, **wanted}:
        sentence = "[erp] is written in a way that cannot be written anew"
        hint = "write all of it as tables, [erp] and [erp.methods], one key a line"
        raise SettingsRefused(Fault(str(path), sentence, hint=hint))
    return new


def _unused(path: Path) -> Path:
    """Return a path at which nothing is."""
    count = 2
    free = path
    while free.exists():
        free = path.with_name(f"{path.name}-{count}")
        count += 1
    return free
