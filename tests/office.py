"""A spreadsheet as people have it: LibreOffice, without a window."""

import shutil
import subprocess
from pathlib import Path

import pytest

SOFFICE = shutil.which("soffice") or shutil.which("libreoffice")
needs_office = pytest.mark.skipif(
    SOFFICE is None, reason="LibreOffice (soffice) is not installed here"
)
PATIENCE_SECONDS = 180
COMMA, SEMICOLON, TAB = 44, 59, 9
UTF_8, CP1252, UTF_16 = 76, 1, 65535


def saved_as(path: Path, suffix: str, folder: Path, options: str = "") -> Path:
    """Open a file and save it as something else, in a profile of its own."""
    assert SOFFICE
    folder.mkdir(exist_ok=True)
    wanted = f"{suffix}:{options}" if options else suffix
    profile = (folder / "profile").absolute().as_uri()
    done = subprocess.run(
        [
            *(SOFFICE, "--headless", f"-env:UserInstallation={profile}"),
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
