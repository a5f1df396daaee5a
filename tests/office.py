"""A spreadsheet as people have it: LibreOffice, without a window."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

SOFFICE = shutil.which("soffice") or shutil.which("libreoffice")
needs_office = pytest.mark.skipif(
    SOFFICE is None, reason="LibreOffice (soffice) is not installed here"
)
PATIENCE_SECONDS = 180
COMMA, SEMICOLON, TAB = 44, 59, 9
UTF_8, CP1252, UTF_16 = 76, 1, 65535


LOCALE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Setup/L10N"><prop oor:name="ooSetupSystemLocale"
oor:op="fuse"><value>{}</value></prop></item></oor:items>"""


@dataclass(frozen=True, slots=True)
class Habits:
    """How a person opens a file; of a CSV what looks like a number or a day is one.

    With `is_run` what looks like a formula is one, too, also behind blanks.
    """

    locale: str = "en-US"
    delimiter: int = COMMA
    is_run: bool = False

    def opening(self, path: Path) -> list[str]:
        """Return what is answered when a CSV is opened."""
        if path.suffix != ".csv":
            return []
        run = ",,,true,,true" if self.is_run else ""
        letters = f"{self.delimiter},34,{UTF_8},1,,0,false,true{run}"
        return [f"--infilter=Text - txt - csv (StarCalc):{letters}"]


def saved_as(
    path: Path, suffix: str, folder: Path, options: str = "", by: Habits = Habits()
) -> Path:
    """Open a file and save it as something else, in a profile of its own."""
    assert SOFFICE
    profile = (folder / "profile").absolute()
    (profile / "user").mkdir(parents=True, exist_ok=True)
    changes = profile / "user" / "registrymodifications.xcu"
    changes.write_text(LOCALE.format(by.locale), encoding="utf-8")
    wanted = f"{suffix}:{options}" if options else suffix
    done = subprocess.run(
        [
            *(SOFFICE, "--headless", f"-env:UserInstallation={profile.as_uri()}"),
            *by.opening(path),
            *("--convert-to", wanted, "--outdir", str(folder), str(path)),
        ],
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    made = folder / f"{path.stem}.{suffix}"
    assert made.is_file(), done.stdout + done.stderr
    return made


def csv_options(delimiter: int, letters: int, *, as_shown: bool = True) -> str:
    """Return what LibreOffice's own dialogue would choose for a CSV."""
    shown = "true" if as_shown else "false"
    return f"Text - txt - csv (StarCalc):{delimiter},34,{letters},1,,0,false,{shown}"
