"""Read customers.csv: which remitter is which customer.

    remitter,account,customer,since,by,note
    ROSEWOOD FLORAL LLC,,10442,2024-03-18,review,

Accounting keeps it in a spreadsheet and review appends to it, so a byte-order
mark, semicolons, columns in another order and empty rows are taken as they come.
A row may name a payer by remitter, by account, or by both.  A column `policy` says
what may be done without a person for the customer, where that is not what the mapping
says (`mapping.policy`); such a row needs no payer.  What is refused: a row that names
no payer and no policy, or no customer, a row of another width, one payer who is two
customers, and one customer with two policies.
"""

import csv
import io
import shutil
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from importer.errors import Fault, MappingRefused
from importer.mapping.policy import NotPolicy, Policy, overridden
from importer.model import Alias
from importer.systems import sync

COLUMNS = ("remitter", "account", "customer", "since", "by", "note")
_QUOTES = "a name with a comma in it needs quotes"
_RUN_AS_FORMULA = "=+-@\t\r'\uff1d\uff0b\uff0d\uff20"


def load_aliases(path: Path) -> tuple[Alias, ...]:
    """Load the alias table; a table that is not there is empty.

    Raises `MappingRefused` with all faults.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        return ()
    except OSError as error:
        fault = Fault(str(path), f"cannot read the aliases: {error.strerror}")
        raise MappingRefused(fault) from error
    except UnicodeDecodeError as error:
        sentence = "the alias table is not UTF-8"
        hint = 'save it from the spreadsheet as "CSV UTF-8"'
        raise MappingRefused(Fault(str(path), sentence, hint=hint)) from error
    aliases: list[Alias] = []
    faults: list[Fault] = []
    for found in _rows(text, path):
        match found:
            case Alias():
                aliases.append(found)
            case Fault():
                faults.append(found)
    faults += _conflicts(aliases, path)
    if faults:
        raise MappingRefused(*faults)
    return tuple(aliases)


def alike(text: str) -> str:
    """Fold what never tells two names or accounts apart: blanks, case, composition."""
    return unicodedata.normalize("NFKC", " ".join(text.split())).casefold()


def _rows(text: str, path: Path) -> Iterator[Alias | Fault]:
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    rows = csv.reader(text.splitlines(keepends=True), delimiter=delimiter, strict=True)
    header: list[str] = []
    try:
        for cells in rows:
            filled = [cell.strip() for cell in cells]
            if not any(filled):
                continue
            if header:
                yield _alias(header, filled, path, rows.line_num)
                continue
            header = [cell.lower() for cell in filled]
            missing = [name for name in ("remitter", "customer") if name not in header]
            if missing:
                sentence = f"the alias table has no column {' and no '.join(missing)}"
                hint = f"its first row is {','.join(COLUMNS)}"
                yield Fault(f"{path}:{rows.line_num}", sentence, first.strip(), hint)
                return
    except csv.Error as error:
        yield Fault(f"{path}:{rows.line_num}", f"cannot read this as CSV: {error}")


def _alias(header: list[str], cells: list[str], path: Path, line: int) -> Alias | Fault:
    where = f"{path}:{line}"
    if any(cells[len(header) :]) or len(cells) < header.index("customer") + 1:
        sentence = f"a row of {len(cells)} cells under a header of {len(header)}"
        return Fault(where, sentence, hint=_QUOTES)
    row = dict(zip(header, map(_plain, cells), strict=False))
    hint = _QUOTES if len(cells) > len(header) else ""
    if not row.get("customer"):
        return Fault(where, "this alias has no customer", hint=hint)
    policy = row.get("policy", "")
    if not row.get("remitter") and not row.get("account") and not policy:
        return Fault(where, "this alias has no remitter and no account", hint=hint)
    try:
        if policy:
            overridden(Policy(), policy)
    except NotPolicy as error:
        return Fault(where, f"the policy of this customer cannot be used: {error}")
    values = {name: row.get(name, "") for name in (*COLUMNS, "policy")}
    return Alias(**values, line=line)


def _plain(cell: str) -> str:
    """Take off the mark that keeps a spreadsheet from running text as a formula."""
    if len(cell) > 1 and cell[0] == "'" and cell[1] in _RUN_AS_FORMULA:
        return cell[1:]
    return cell


def _conflicts(aliases: list[Alias], path: Path) -> Iterator[Fault]:
    """Find one remitter that is two customers, and name both lines."""
    known: dict[tuple[str, str], Alias] = {}
    policies: dict[str, Alias] = {}
    for alias in aliases:
        said = policies.setdefault(alias.customer, alias) if alias.policy else alias
        if said.policy != alias.policy:
            sentence = (
                f'customer "{alias.customer}" has another policy in line {said.line}'
            )
            yield Fault(f"{path}:{alias.line}", sentence, hint="say it in one line")
        if not alias.remitter and not alias.account:
            continue
        key = (alike(alias.remitter), alike(alias.account))
        first = known.setdefault(key, alias)
        if first.customer != alias.customer:
            payer = alias.remitter or "this account"
            sentence = (
                f'"{payer}" is customer "{alias.customer}" here and'
                f' "{first.customer}" in line {first.line}'
            )
            yield Fault(
                f"{path}:{alias.line}", sentence, hint=f"take one out of {path}"
            )


def remember(path: Path, new: Alias) -> None:
    """Append an alias that a person decided on; the file is made when absent.

    Raises `MappingRefused` where the remitter is another customer's already, or
    has no name: such a line would refuse the whole table.
    """
    remitter, customer = new.remitter, new.customer
    if not alike(remitter):
        sentence = "a remitter without a name cannot be remembered"
        raise MappingRefused(Fault(str(path), sentence))
    for known in load_aliases(path):
        if alike(known.remitter) == alike(remitter) and not known.account:
            if known.customer == customer:
                return
            sentence = f'"{remitter}" is customer {known.customer} already'
            hint = "change or remove that line, then decide again"
            raise MappingRefused(Fault(f"{path}:{known.line}", sentence, hint=hint))
    text = text_of(path)
    header = text.partition("\n")[0]
    begin = "" if text.endswith("\n") else "\n"
    if not text.strip():
        header = ",".join(COLUMNS)
        begin = f"{header}\n"
    _append(path, f"{begin}{written(header, new)}\n".encode())


def _append(path: Path, line: bytes) -> None:
    """Add a line, all of it or nothing: half a customer's number is another's."""
    there = path.resolve()
    beside = there.with_name(f".{there.name}.tmp")
    with beside.open("wb") as file:
        file.write(there.read_bytes() + line if there.exists() else line)
        file.flush()
        sync(file.fileno())
    if there.exists():
        shutil.copymode(there, beside)
    beside.replace(there)


def text_of(path: Path) -> str:
    """Return the text of the alias table, empty where there is none."""
    return path.read_text(encoding="utf-8-sig") if path.exists() else ""


def written(header: str, new: Alias) -> str:
    """Write an alias as a line under the header of a table, with its own marks."""
    first = header.rstrip("\r") or ",".join(COLUMNS)
    delimiter = max(",;\t", key=first.count)
    (names,) = csv.reader([first], delimiter=delimiter)
    row = {
        "remitter": harmless(new.remitter),
        "customer": new.customer,
        "since": new.since,
        "by": new.by,
        "note": new.note,
    }
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, lineterminator="")
    writer.writerow([row.get(name.strip().lower(), "") for name in names])
    return out.getvalue()


def harmless(name: str) -> str:
    """Write a name on one line, and so that no spreadsheet runs it."""
    bare = " ".join(name.split())
    return f"'{bare}" if bare.startswith(tuple(_RUN_AS_FORMULA)) else bare
