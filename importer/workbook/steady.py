"""Save a workbook so that the same cells make the same bytes."""

import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import IO, Any

# The first moment that a zip can name.
WHEN = (1980, 1, 1, 0, 0, 0)
_END = re.compile("<sheetData ?/>|</sheetData>")


def save(book: Any, file: IO[bytes], below: Mapping[str, str]) -> None:
    """Write a workbook of openpyxl's; its times are those of its properties.

    `below` are more rows by the names of sheets, which are written as they are below
    those that the sheets have.
    """
    from openpyxl.writer.excel import ExcelWriter  # noqa: PLC0415 -- slow to load

    with _Steady(file, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        archive.below = {
            f"xl/worksheets/sheet{place}.xml": below[name]
            for place, name in enumerate(book.sheetnames, 1)
            if name in below
        }
        ExcelWriter(book, archive).write_data()


class _Steady(zipfile.ZipFile):
    """A zip whose entries do not say when they were written."""

    below: Mapping[str, str] = MappingProxyType({})

    def writestr(self, zinfo_or_arcname: Any, data: Any, *_: Any, **__: Any) -> None:
        """Write an entry's content under its name."""
        super().writestr(_entry(zinfo_or_arcname), data)

    def write(self, filename: Any, arcname: Any = None, *_: Any, **__: Any) -> None:
        """Write a sheet that lies in a file, with the rows that go below."""
        sheet = Path(filename).read_text(encoding="utf-8")
        if rows := self.below.get(arcname):
            end = _END.search(sheet)
            assert end, "every sheet says where its rows end"
            first = "" if end[0].startswith("</") else "<sheetData>"
            head, tail = sheet[: end.start()], sheet[end.end() :]
            sheet = f"{head}{first}{rows}</sheetData>{tail}"
        self.writestr(arcname, sheet)


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, WHEN)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o600 << 16
    return entry
