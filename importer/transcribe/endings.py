"""What a file that may be cut off says last is for a person."""

from dataclasses import replace

from importer.model import Notice, Remittance


def unsure_of_the_last(notices: tuple[Notice, ...]) -> tuple[Notice, ...]:
    """Let a person look at what stands in a last line without an end."""
    last = max((_last_row(one) for one in notices), default=0)
    caution = (
        "the file ends inside this line, so that the rest may be missing (if the bank "
        "ends its files so: [inbox] needs_line_end = false)"
    )
    return tuple(
        replace(one, caution=one.caution or caution)
        if isinstance(one, Remittance) and _last_row(one) == last
        else one
        for one in notices
    )


def _last_row(notice: Notice) -> int:
    advice = notice.advice if isinstance(notice, Remittance) else ()
    return max((notice.place.row, *(one.row for one in advice)))
