"""What a person must mend before the program can go on.

Three kinds of trouble have three mechanisms.  What happens to one remittance is
a value (`model.Hold`, `model.InDoubt`).  What a person must mend, in a file, a
mapping or a setting, is one of the exceptions here: it carries every fault that
was found, not the first.  What cannot be is an assert.

    ImporterError            exit code 2
     ├─ FileRefused          a bank file, or a result CSV that came back
     ├─ MappingRefused       a mapping or customers.csv
     ├─ SettingsRefused      importer.toml, the environment, the token, a path
     ├─ JournalRefused       the journal cannot be opened, read or written
     └─ StoppedEarly         exit code 3: run again later (ERP away, budget spent)

A message never holds a token or a whole account number.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: where, what, the text itself, and what to change.

    `where` is `file:line`, `file` or empty.  `sentence` is lower case, without a
    full stop, with values in quotes.  `excerpt` is the bank's or the user's own
    text.  `hint` names the file and the key to change, or the command to type.
    """

    where: str
    sentence: str
    excerpt: str = ""
    hint: str = ""

    def __str__(self) -> str:
        """Write the fault as up to three parts, the first of which editors can open."""
        head = f"{self.where}: {self.sentence}" if self.where else self.sentence
        lines = [head]
        lines += [f"    {line}" for line in self.excerpt.splitlines()]
        if self.hint:
            lines.append(f"hint: {self.hint}")
        return "\n".join(lines)


def hinted(faults: Sequence[Fault], hint: str) -> tuple[Fault, ...]:
    """Give the last of several faults a hint, where none of them has one."""
    if not faults or any(one.hint for one in faults):
        return tuple(faults)
    return (*faults[:-1], replace(faults[-1], hint=hint))


class ImporterError(Exception):
    """Trouble that a person can mend, with every fault that was found."""

    exit_code: ClassVar[int] = 2

    def __init__(self, *faults: Fault) -> None:
        """Carry the faults in the order in which a person should read them."""
        assert faults, "an error without a fault says nothing"
        super().__init__(*faults)
        self.faults = faults

    def __str__(self) -> str:
        """Write all faults, one under the other; a hint that they share, once."""
        following = [*(fault.hint for fault in self.faults[1:]), ""]
        return "\n".join(
            str(replace(fault, hint="") if fault.hint == next_hint else fault)
            for fault, next_hint in zip(self.faults, following, strict=True)
        )


class FileRefused(ImporterError):
    """A file cannot be used; nothing of it was taken in."""


class MappingRefused(ImporterError):
    """A mapping or the alias table cannot be used."""


class SettingsRefused(ImporterError):
    """A setting, the token or a path cannot be used."""


class JournalRefused(ImporterError):
    """The journal cannot be opened, read or written; nothing may be sent."""


class StoppedEarly(ImporterError):
    """Work stopped before its end and goes on when the command is run again."""

    exit_code: ClassVar[int] = 3
