"""Judge which of the usual encodings gives words, for bytes that are not UTF-8.

Charset detectors are wrong on files as short as a statement, and a strict
gb18030 decode succeeds on Western text.  What tells them apart are the letters:
whether they make words of one script, in one case, of the letters that the
languages of that encoding use.
"""

import re

_ENCODINGS = ("cp1252", "cp1250", "cp1251", "gb18030", "latin-1")
"""In the order in which they are taken where the letters do not tell."""

_USUAL = {
    "cp1252": "áâãäåæçèéêëíîïñóôõöøùúûüßàœ",
    "latin-1": "áâãäåæçèéêëíîïñóôõöøùúûüßà",
    "cp1250": "áčďéěíľňóřšťúůýžąćęłńśźżőűöüäßăâîşţô",
}
_RARE = "ìòÿðþýšžĺŕđëìÿõã"
_HARMLESS = (
    "€£¥§°\u00b4\u2018\u2019“”\u2013—…«»¿¡ºª·№\u00a0\u00ad\uff08\uff09\uff1a\uff0c、。"
)
_LEXICON = """
    číslo čísla účet účtu účtem částka měna měny zpráva příjemce příjemci název kód
    splatnost splatnosti zaúčtování poznámka protiúčtu plátce odesílatel variabilní
    konstantní tytuł księgowania opłata odbiorca złoty złotych płatności wpłata
    należność összeg dátum könyvelés közlemény számla érték währung empfänger
    gläubiger gebühr überweisung straße umsätze für auszüge débit crédit libellé
    opération référence bénéficiaire numéro écriture descripción número operación
    año descrição lançamento histórico crédito débito beløb bokføring överföring
    ränta
"""
_WORDS = frozenset(_LEXICON.split())
_COMMON_HAN = range(0xB0, 0xD8)
_SENSE, _SOME, _NONSENSE = 100, 30, -100


def ranked(sample: bytes) -> list[tuple[str, str]]:
    """Order the encodings from likely to unlikely, each with the one after it."""
    scored = []
    for order, encoding in enumerate(_ENCODINGS):
        try:
            text = sample.decode(encoding)
        except UnicodeDecodeError:
            continue
        scored.append((-_score(text, encoding), order, encoding))
    names = [encoding for _, _, encoding in sorted(scored)]
    names += [name for name in _ENCODINGS if name not in names]
    return list(zip(names, [*names[1:], "none"], strict=True))


def _score(text: str, encoding: str) -> int:
    """Say how much of what is beyond ASCII makes sense, from -100 to about 200."""
    words = [word for word in re.findall(r"[^\W\d_]+", text) if not word.isascii()]
    signs = re.findall(r"[^\x00-\x7f\w]|[²³¹¼½¾]", text)
    sense = sum(_sense(word, encoding) for word in words)
    sense += sum(_SENSE for word in words if word.lower() in _WORDS)
    sense += sum(_NONSENSE for sign in signs if sign not in _HARMLESS)
    return sense // max(1, len(words) + len(signs))


def _sense(word: str, encoding: str) -> int:
    """Judge one word: usual letters of one script in one case, or not."""
    foreign = [letter for letter in word if not letter.isascii()]
    if encoding == "gb18030":
        return _sense_of_han(word, foreign)
    if not (word.isupper() or word[1:] == word[1:].lower()):
        return _NONSENSE
    if encoding == "cp1251":
        cyrillic = [letter for letter in word if "\u0400" <= letter <= "\u04ff"]
        return _SENSE if len(cyrillic) == len(word) else _NONSENSE
    if len(word) > 2 and len(foreign) * 2 > len(word):  # noqa: PLR2004 as in "né"
        return _NONSENSE
    usual = _USUAL[encoding]
    return sum(_weight(letter.lower(), usual) for letter in foreign) // len(foreign)


def _weight(letter: str, usual: str) -> int:
    if letter in usual:
        return _SENSE
    return _SOME if letter in _RARE else _NONSENSE


def _sense_of_han(word: str, foreign: list[str]) -> int:
    """Judge a Chinese word: common characters, not one alone among Latin letters."""
    if len(foreign) == 1 and len(word) > 1:
        return _NONSENSE
    common = sum(_is_common(letter) for letter in foreign)
    return _SENSE if common * 10 >= len(foreign) * 7 else _NONSENSE


def _is_common(letter: str) -> bool:
    """Say whether a character is on the first level of GB 2312."""
    try:
        return letter.encode("gb2312")[0] in _COMMON_HAN
    except UnicodeEncodeError:
        return False
