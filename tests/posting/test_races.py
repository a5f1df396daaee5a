"""Four processes on one journal, without any other lock: each payment is sent once."""

import os
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from stage import Stage, payments

TOP = Path(__file__).parent.parent.parent
PROCESSES = 4
PAYMENTS = 24


def test_four_processes_send_each_payment_once(tmp_path: Path) -> None:
    """The claim alone keeps them apart; what one takes for dead, the owner ends."""
    with Stage(tmp_path) as stage:
        ids = stage.take_in(*payments(range(PAYMENTS)))
        stage.journal.close()
        script = Path(__file__).parent / "races.py"
        start = str(time.time() + 1.5)
        racers = [
            subprocess.Popen(
                [
                    sys.executable,
                    str(script),
                    str(tmp_path),
                    stage.url,
                    stage.token,
                    start,
                ],
                env={**os.environ, "PYTHONPATH": str(TOP)},
                stderr=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for _ in range(PROCESSES)
        ]
        told = [racer.communicate(timeout=120) for racer in racers]
        assert [racer.returncode for racer in racers] == [0] * PROCESSES, told
        assert [errors for _, errors in told] == [""] * PROCESSES
        with stage.opened() as stage.journal:
            stage.clock = stage.clock.replace(year=2027)
            stage.post()
            stage.settle()
            assert set(stage.statuses()) == {"posted"}
            entries = list(stage.journal.entries())
            assert [part.attempts for one in entries for part in one.parts] == [1] * 24
            assert sum(len(one.alarms) for one in entries) == 0
        assert sorted(stage.booked()) == sorted(ids)
        stage.journal = stage.opened()
