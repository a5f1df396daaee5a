"""Read civil dates as a bank writes them, by a format that somebody named.

    %m/%d/%Y   03/18/2024, 3/18/2024        %d %b %y   27 Feb 18, 27 févr. 18
    %Y%m%d     20240318                     %Y-%m-%dT%H:%M:%S%z   …T23:59:59-0500

Promises:
1. The day is the one that is written: a zone is read over, never applied.
2. Nothing is guessed: no format is tried, none is completed from today, and what
   does not exist (31/02) is refused.
3. Two digits of a year are POSIX's: 69 to 99 are 1969 to 1999, 00 to 68 are 2000
   to 2068.  Years outside 1900 to 2199 are refused.
"""

import re
import unicodedata
from collections.abc import Callable
from datetime import date
from functools import lru_cache

_NAMES = {
    "en": "jan feb mar apr may jun jul aug sep oct nov dec",
    "English": "january february march april may june july august september october"
    " november december",
    "es": "ene feb mar abr may jun jul ago sep oct nov dic",
    "Spanish": "enero febrero marzo abril mayo junio julio agosto septiembre octubre"
    " noviembre diciembre",
    "de": "jan feb mrz apr mai jun jul aug sep okt nov dez",
    "German": "januar februar marz april mai juni juli august september oktober"
    " november dezember",
    "Austrian": "janner feber mar apr mai jun jul aug sept okt nov dez",
    "fr": "janv fevr mars avr mai juin juil aout sept oct nov dec",
    "French": "janvier fevrier mars avril mai juin juillet aout septembre octobre"
    " novembre decembre",
    "nl": "jan feb mrt apr mei jun jul aug sep okt nov dec",
    "Dutch": "januari februari maart april mei juni juli augustus september oktober"
    " november december",
    "pt": "jan fev mar abr mai jun jul ago set out nov dez",
    "Portuguese": "janeiro fevereiro marco abril maio junho julho agosto setembro"
    " outubro novembro dezembro",
}
# No name means two different months in two of these languages; a test holds it.
MONTHS = {
    name: number
    for names in _NAMES.values()
    for number, name in enumerate(names.split(), start=1)
}
_DIGITS = {
    "Y": ("(?P<Y>(?:19|20|21)[0-9]{2})",) * 2,
    "y": ("(?P<y>[0-9]{2})",) * 2,
    "m": ("(?P<m>[0-9]{1,2})", "(?P<m>[0-9]{2})"),
    "d": ("(?P<d>[0-9]{1,2})", "(?P<d>[0-9]{2})"),
    "H": ("(?:[01]?[0-9]|2[0-3])", "(?:[01][0-9]|2[0-3])"),
    "I": ("(?:0?[1-9]|1[0-2])", "(?:0[1-9]|1[0-2])"),
    "M": ("[0-5]?[0-9]", "[0-5][0-9]"),
    "S": ("(?:[0-5]?[0-9]|60)", "(?:[0-5][0-9]|60)"),
    "f": ("[0-9]{1,9}", "[0-9]{6}"),
}
_WORDS = {
    "b": r"(?P<b>[^\W\d_]+)\.?",
    "B": r"(?P<b>[^\W\d_]+)",
    "p": r"[AaPp]\.?[Mm]\.?",
    "a": r"[^\W\d_]+\.?",
    "A": r"[^\W\d_]+",
    "z": r"(?:Z|[-+][0-9]{2}:?[0-9]{2})",
    "%": "%",
}
LETTERS = "".join(_DIGITS) + "".join(_WORDS)


class NotDate(ValueError):
    """A text is not a date in the format that was named; says which text."""


class NotFormat(ValueError):
    """A format cannot tell a day; says why."""


@lru_cache(maxsize=256)
def reader(form: str) -> Callable[[str], date]:
    """Make a function that reads dates of one format, and remembers the last ones.

    Months and days may be unpadded where no digit stands beside them.  Raises
    `NotFormat` when the format is not one; the function raises `NotDate`.
    """
    pattern = re.compile(_pattern(form)).fullmatch

    @lru_cache(maxsize=4096)
    def read_text(text: str) -> date:
        found = pattern(text.strip())
        if found is None:
            raise NotDate(
                f'cannot read date "{text}" as {form}'
                if text.strip()
                else "the date is empty"
            )
        parts = found.groupdict()
        try:
            return date(_year(parts), _month(parts), int(parts["d"]))
        except ValueError as error:
            raise NotDate(
                f'cannot read date "{text}" as {form}: {_why(error)}'
            ) from error

    return read_text


def read(text: str, form: str) -> date:
    """Read one date; raises `NotDate`, or `NotFormat` for the format itself."""
    return reader(form)(text)


def _pattern(form: str) -> str:
    """Write a format as a pattern; digits that touch must have their full width."""
    tokens = re.findall(r"%.?|[^%]", form, re.DOTALL)
    letters = [token[1:] for token in tokens if token.startswith("%")]
    _check(form, letters)
    written = []
    for at, token in enumerate(tokens):
        letter = token[1:] if token.startswith("%") else ""
        if letter in _DIGITS:
            beside = tokens[max(at - 1, 0) : at] + tokens[at + 1 : at + 2]
            written.append(_DIGITS[letter][any(map(_is_digits, beside))])
        elif letter:
            written.append(_WORDS[letter])
        else:
            written.append(re.escape(token).replace("\\ ", "[ \u00a0]+"))
    return "".join(written)


def _check(form: str, letters: list[str]) -> None:
    for letter in letters:
        if letter not in _DIGITS and letter not in _WORDS:
            known = " ".join(f"%{one}" for one in LETTERS)
            raise NotFormat(f'date format "{form}" has "%{letter}"; known are {known}')
    for name, among in (("year", "Yy"), ("month", "mbB"), ("day", "d")):
        number = sum(letters.count(letter) for letter in among)
        if number != 1:
            how = "no" if number == 0 else "more than one"
            wanted = " or ".join(f"%{letter}" for letter in among)
            raise NotFormat(f'date format "{form}" has {how} {name} ({wanted})')


def _is_digits(token: str) -> bool:
    return token[1:] in _DIGITS if token.startswith("%") else token.isdigit()


def _year(parts: dict[str, str]) -> int:
    if "Y" in parts:
        return int(parts["Y"])
    short = int(parts["y"])
    return 1900 + short if short >= 69 else 2000 + short  # noqa: PLR2004 POSIX's year


def _month(parts: dict[str, str]) -> int:
    if "m" in parts:
        return int(parts["m"])
    bare = unicodedata.normalize("NFKD", parts["b"].lower())
    name = "".join(letter for letter in bare if not unicodedata.combining(letter))
    if name not in MONTHS:
        raise ValueError(f'"{parts["b"]}" is no month')
    return MONTHS[name]


def _why(error: ValueError) -> str:
    """Say in our words what `date` says in its own."""
    text = str(error)
    if text.startswith("day is out of range"):
        return "that month has no such day"
    return text.replace("month must be in 1..12", "there are twelve months")
