"""What a guess says about itself, gathered while it is made."""

from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Said:
    """Sentences: what the file does not settle, and why the rest was chosen.

    Each begins with the key of the mapping that it is about and a colon.
    """

    unsure: tuple[str, ...] = ()
    because: tuple[str, ...] = ()

    def __add__(self, other: Self) -> "Said":
        """Join what two steps said, in their order."""
        return Said(self.unsure + other.unsure, self.because + other.because)


NOTHING = Said()


def unsure(sentence: str) -> Said:
    """Say what the file does not settle."""
    return Said(unsure=(sentence,))


def because(sentence: str) -> Said:
    """Say why something was chosen."""
    return Said(because=(sentence,))
