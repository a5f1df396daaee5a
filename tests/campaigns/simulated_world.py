"""The world of a simulated life: true time, the clock on the wall, and death.

Everything by chance is drawn from one seed, so that a life can be lived again.
Time is a number that is moved by hand.  What the program reads off its clock may
be hours off, or decades.  A death comes at a moment drawn beforehand: from then on
whatever the program touches kills it again, until it is started anew.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NoReturn

DAWN = datetime(2026, 3, 17, 9, 0, tzinfo=UTC)
EPOCH = datetime(1970, 1, 2, tzinfo=UTC)
MINUTE = 60.0
HOUR = 60 * MINUTE
DAY = 24 * HOUR
JUMPS = (HOUR, -HOUR, 26 * HOUR, -26 * HOUR, 5 * MINUTE, -5 * MINUTE, 1.0, -1.0)
NEVER = 1 << 60


class Crash(BaseException):
    """The process dies here; no `except Exception` sees it."""


@dataclass(slots=True)
class World:
    """Chance, true time in seconds since dawn, and how far the clock is off."""

    seed: int
    chance: random.Random = field(init=False)
    time: float = 0.0
    turn: Callable[[], None] = lambda: None
    is_dead: bool = False
    deaths: int = 0
    jumps: int = 0
    _off: timedelta = timedelta()
    _until_death: int = NEVER
    _until_jump: int = NEVER
    _death_gap: float = 0.0
    _jump_gap: float = 0.0

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)

    def be_rough(self, deaths: float, jumps: float) -> None:
        """Draw deaths and jumps of the clock, so many moments apart; 0 for none."""
        self._death_gap, self._jump_gap = deaths, jumps
        self._until_death, self._until_jump = self._drawn(deaths), self._drawn(jumps)

    def be_kind(self) -> None:
        """Let nobody die any more, and set the clock right."""
        self.be_rough(0, 0)
        self._off = timedelta()

    def now(self) -> datetime:
        """Read the clock on the wall."""
        self.time += 0.001
        return DAWN + timedelta(seconds=self.time) + self._off

    def moment(self) -> None:
        """Let pass a moment at which the process may die, or the clock jump."""
        if self.is_dead:
            raise Crash
        self._until_jump -= 1
        if self._until_jump < 0:
            self._jump()
        self._until_death -= 1
        if self._until_death < 0:
            self.die()

    def die(self) -> NoReturn:
        """Die here and now."""
        self.deaths += 1
        self.is_dead = True
        raise Crash

    def revive(self) -> None:
        """Start the program again."""
        self.is_dead = False
        self._until_death = self._drawn(self._death_gap)

    def _jump(self) -> None:
        self.jumps += 1
        self._until_jump = self._drawn(self._jump_gap)
        if self.chance.random() < 0.1:
            self._off = EPOCH - DAWN
        else:
            self._off = timedelta(seconds=self.chance.choice(JUMPS))

    def _drawn(self, gap: float) -> int:
        return int(self.chance.expovariate(1 / gap)) if gap else NEVER
