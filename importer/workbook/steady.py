"""Save a workbook so that the same cells make the same bytes."""

import zipfile
from typing import IO, Any

# The first moment that a zip can name.
WHEN = (1980, 1, 1, 0, 0, 0)


def save(book: Any, file: IO[bytes]) -> None:
    """Write a workbook of openpyxl's; its times are those of its properties."""
    from openpyxl.writer.excel import ExcelWriter  # noqa: PLC0415 -- slow to load

    with _Steady(file, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        ExcelWriter(book, archive).write_data()


class _Steady(zipfile.ZipFile):
    """A zip whose entries do not say when they were written."""

    def writestr(self, zinfo_or_arcname: Any, data: Any, *_: Any, **__: Any) -> None:
        """Write an entry's content under its name."""
        super().writestr(_entry(zinfo_or_arcname), data)

    def write(self, filename: Any, arcname: Any = None, *_: Any, **__: Any) -> None:
        """Write what lies in a file, a piece at a time."""
        with open(filename, "rb") as source, self.open(_entry(arcname), "w") as target:  # noqa: PTH123 -- a name of openpyxl's
            while piece := source.read(1 << 20):
                target.write(piece)


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, WHEN)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o600 << 16
    return entry
