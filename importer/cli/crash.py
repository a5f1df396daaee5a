"""A fault of the program itself: one sentence for the person, a file for us.

The file says where it happened, call by call.  It holds no value that the program had
in its hands, and not what the error says: that may be a customer's name or a token.
"""

import platform
import tempfile
import traceback
from pathlib import Path

from importer import __version__

HOUSE = Path(__file__).parent.parent


def told(error: Exception) -> tuple[str, str]:
    """Write the file; return what a person is told, and what to do."""
    calls = traceback.extract_tb(error.__traceback__)
    ours = [one for one in calls if Path(one.filename).is_relative_to(HOUSE)]
    kind, last = type(error).__name__, (ours or calls)[-1]
    place = f"{Path(last.filename).name}:{last.lineno}"
    sentence = f"the program has failed: {kind} at {place}"
    hint = "nothing is sent twice: run it again; if it fails again, report it"
    lines = [f"importer {__version__}, Python {platform.python_version()}, {kind}\n"]
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="importer-", suffix=".txt", encoding="utf-8", delete=False
        ) as file:
            file.writelines([*lines, *traceback.format_list(calls)])
    except OSError:
        return sentence, hint
    return sentence, f"{hint} with {file.name}, in which no data stands"
