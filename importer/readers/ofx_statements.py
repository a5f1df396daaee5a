"""Survey an OFX file once: its statements, its marks, and what is wrong with it.

What stands between transactions says whose they are, and whether the bank sent
an error instead.  Counting here is what keeps a cut-off file from passing as a
short one: every STMTTRN that opens must close, and so must every OFX.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from importer.readers import ofx_text
from importer.readers.encoding import Text
from importer.readers.ofx_amounts import Marks, written
from importer.readers.ofx_text import Between
from importer.readers.shape import Faults
from importer.table import Stated

_STATEMENTS = ("STMTRS", "CCSTMTRS", "INVSTMTRS")
_ACCOUNTS = ("BANKACCTFROM", "CCACCTFROM", "INVACCTFROM")
_CONTAINERS = {
    *_STATEMENTS,
    *_ACCOUNTS,
    *("OFX", "SONRS", "STATUS", "STMTTRNRS", "CCSTMTTRNRS", "INVSTMTTRNRS"),
    *("ACCTINFOTRNRS", "ACCTINFO", "BANKTRANLIST", "INVTRANLIST", "STMTTRNP"),
    *("LEDGERBAL", "AVAILBAL", "INVBAL", "BAL", "SECLIST"),
}
_COUNTED = ("INVTRAN", "MKTGINFO")
_ERROR_FROM = 2000
_DEEPEST = 100
_MOST_NOTES = 1000
_MOST_STATEMENTS = 10_000
_AMOUNTS = re.compile(r"<TRNAMT(?:\s[^<>]*)?>([^<]*)", re.IGNORECASE).findall


@dataclass(slots=True)
class Statement:
    """One account's statement: whose, in what currency, from which transaction on.

    `line` is where it begins, or where its balance stands, if it has one.
    """

    first: int
    line: int
    values: dict[str, str] = field(default_factory=dict)

    @property
    def account(self) -> str:
        """Return the account's id as the file states it."""
        return self.values.get("ACCTID", "")


@dataclass(slots=True)
class Survey:
    """What one walk through a file found."""

    statements: list[Statement]
    marks: Marks
    counts: Counter[str]
    notes: list[str]
    stated: list[Stated]

    @property
    def accounts(self) -> tuple[str, ...]:
        """Return the accounts of all statements, each once, in order."""
        found = (statement.account for statement in self.statements)
        return tuple(dict.fromkeys(account for account in found if account))


def survey(text: Text) -> Survey:
    """Walk through a whole file; raises `FileRefused` with all that is wrong."""
    found = Survey([], Marks(), Counter(), [], [])
    faults = Faults(text.path.name)
    outside = _Outside(found, faults)
    for piece in ofx_text.pieces(text):
        if isinstance(piece, Between):
            outside.read(piece)
            continue
        found.counts["STMTTRN"] += 1
        amounts = _AMOUNTS(piece.text)
        for raw in amounts:
            found.marks.see(ofx_text.value(raw))
        if not piece.closed:
            faults.add(piece.line, "this STMTTRN is never closed")
        elif len(amounts) > 1:
            faults.add(piece.line, f"this STMTTRN has {len(amounts)} amounts")
    outside.end()
    faults.refuse()
    found.stated += _balances(found)
    return found


@dataclass(slots=True)
class _Outside:
    """Reads what stands between transactions, with the containers that are open."""

    found: Survey
    faults: Faults
    open: list[str] = field(default_factory=list)
    status: dict[str, str] = field(default_factory=dict)
    line: int = 1

    def read(self, piece: Between) -> None:
        """Take the tags of one piece of text."""
        self.line = piece.line
        if "<!" in piece.text and (
            "<!DOCTYPE" in piece.text.upper() or "<!ENTITY" in piece.text.upper()
        ):
            self.faults.add(piece.line, "the file declares a document type or entities")
        for line, slash, tag, raw in ofx_text.tokens_by_line(piece.line, piece.text):
            self.line, name = line, tag.upper()
            if slash:
                self._close(name)
            elif name in _CONTAINERS:
                self._open(name)
            else:
                if name in _COUNTED:
                    self.found.counts[name] += 1
                self._leaf(name, raw)

    def end(self) -> None:
        """Check at the file's end that it is whole."""
        counts = self.found.counts
        if not counts["OFX"]:
            self.faults.add(self.line, "no <OFX> begins in the file")
        elif counts["OFX"] != counts["/OFX"]:
            self.faults.add(
                self.line,
                "the file is cut off: it has no closing </OFX>",
                f"{counts['STMTTRN']} transactions begin in it",
                "fetch the file again",
            )

    def _note(self, note: str) -> None:
        if len(self.found.notes) < _MOST_NOTES:
            self.found.notes.append(note)

    def _open(self, name: str) -> None:
        self.open.append(name)
        self.found.counts[name] += 1
        if len(self.open) > _DEEPEST or len(self.found.statements) > _MOST_STATEMENTS:
            self.faults.add(self.line, "more is open or stated than in any bank's file")
            self.faults.refuse()
        if name in _STATEMENTS:
            first = self.found.counts["STMTTRN"]
            self.found.statements.append(Statement(first, self.line))
        if name == "STATUS":
            self.status.clear()
        if name == "LEDGERBAL" and self.found.statements:
            self.found.statements[-1].line = self.line

    def _close(self, name: str) -> None:
        """Close a container, and what was left open in it."""
        if name == "OFX":
            self.found.counts["/OFX"] += 1
        if name == "STATUS":
            self._judge()
        if name == "STMTTRN":
            self.faults.add(self.line, "an STMTTRN is closed that was never opened")
        if name in self.open:
            while self.open.pop() != name:
                pass
        elif name in _STATEMENTS:
            self._note(
                f"line {self.line}: </{name}> closes a statement that it did not open"
            )

    def _leaf(self, name: str, raw: str) -> None:
        inside = self.open[-1] if self.open else ""
        if inside == "STATUS":
            self.status[name] = ofx_text.value(raw)
        elif self.found.statements and inside in (
            *_STATEMENTS,
            *_ACCOUNTS,
            "LEDGERBAL",
            "BANKTRANLIST",
        ):
            key = f"{inside}.{name}" if inside == "LEDGERBAL" else name
            values = self.found.statements[-1].values
            values.setdefault(key, ofx_text.value(raw))

    def _judge(self) -> None:
        """Refuse a file in which the bank reports an error; note a warning."""
        code = self.status.get("CODE", "")
        severity = self.status.get("SEVERITY", "").upper()
        message = self.status.get("MESSAGE", "")
        is_error = severity == "ERROR" or (
            code.isdecimal() and int(code) >= _ERROR_FROM and severity != "WARN"
        )
        what = "log-in" if "SONRS" in self.open else "answer"
        if is_error:
            self.faults.add(
                self.line,
                f"the bank's {what} is an error: code {code or 'none'},"
                f" severity {severity or 'none'}",
                message,
                "ask the bank for the statement again",
            )
        elif severity == "WARN":
            self._note(f"the bank warns (code {code}): {message[:200]}")


def _balances(found: Survey) -> Iterator[Stated]:
    """Yield the closing balances that the statements state."""
    for statement in found.statements:
        raw = statement.values.get("LEDGERBAL.BALAMT", "")
        if raw:
            text = written(raw, found.marks.settled)
            yield Stated("closing", text, statement.line, statement.account)


def masked(account: str) -> str:
    """Write an account so that a person knows it and a message does not tell it."""
    return f"…{account[-4:]}" if len(account) > 4 else account  # noqa: PLR2004 the end
