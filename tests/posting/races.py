"""Post in a process of its own, together with others on one journal.

python races.py FOLDER URL TOKEN START
"""

import sys
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from importer import erp
from importer.erp.secret import Secret
from importer.errors import StoppedEarly
from importer.journal import Journal
from importer.posting import Terms, post

FOLDER, URL, TOKEN, START = sys.argv[1:5]

client = erp.connect(
    "komet",
    url=URL,
    token=Secret(TOKEN),
    methods={"default": 12},
    location="MIA",
    timeout=20,
    meter=lambda _: None,
)
with Journal.open("sqlite:///journal.db", top=Path(FOLDER)) as journal:
    time.sleep(max(0.0, float(START) - time.time()))
    with suppress(StoppedEarly):
        post(journal, client, Terms(2, 1000, lambda: datetime.now(UTC), lambda: False))
