"""Files of ours: there whole or not at all, under names that nothing stumbles over.

Written beside their place, synced, and renamed; the folder is synced, too.
"""

import csv
import io
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from importer.systems import replace, sync, sync_folder

BYTE_ORDER_MARK = "\ufeff"
# What Windows takes for a device, whatever follows the first point.
RESERVED = re.compile(r"con|prn|aux|nul|com\d|lpt\d", re.IGNORECASE)


def write_table(path: Path, columns: Sequence[str], rows: Iterable[list[str]]) -> int:
    """Write rows as CSV with a mark in front, whole or not at all, and count them."""
    count = 0
    with _beside(path) as file:
        text = io.TextIOWrapper(file, encoding="utf-8", newline="")
        text.write(BYTE_ORDER_MARK)
        writer = csv.writer(text, lineterminator="\r\n")
        writer.writerow(columns)
        for row in rows:
            writer.writerow(row)
            count += 1
        text.detach()
    return count


def whole(path: Path, content: bytes) -> None:
    """Write a file so that it is there whole or not at all, also after power loss."""
    with _beside(path) as file:
        file.write(content)


@contextmanager
def _beside(path: Path) -> Iterator[IO[bytes]]:
    """Open a file beside its place; once it is on disk whole, give it its name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # Another process may write the same file at the same time.
    beside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with beside.open("wb") as file:
            yield file
            file.flush()
            sync(file.fileno())
        replace(beside, path)
        sync_folder(path.parent)
    except OSError as error:
        # A person knows the file by its name, not by the one it is written under.
        error.filename = str(path)
        raise


def made(folder: Path) -> None:
    """Make a folder, and those above it, that last, also after power loss."""
    if not folder.parent.is_dir():
        made(folder.parent)
    folder.mkdir(exist_ok=True)
    sync_folder(folder.parent)


def safe_name(name: str) -> str:
    """Return a file name that no path, shell or spreadsheet stumbles over."""
    bare = re.sub(r"[^A-Za-z0-9._ -]", "_", Path(name).name).strip(". ")[:120]
    if RESERVED.fullmatch(bare.partition(".")[0].strip()):
        return f"_{bare}"
    return bare.rstrip(". ") or "file"
