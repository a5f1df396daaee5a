"""The kinds of ERP and their payment methods, as the settings may name them."""

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator

from importer.erp import ERPS


def _played(kind: str) -> str:
    if kind not in ERPS:
        raise ValueError(f'no ERP is called "{kind}"; there are {", ".join(ERPS)}')
    return kind


def _known(kind: str) -> str:
    return kind if kind == "sandbox" else _played(kind)


def _number(value: object) -> object:
    """Read what the environment can only give as a text."""
    is_number = isinstance(value, str) and value.isdecimal() and value[0] != "0"
    return int(str(value)) if is_number else value


Played = Annotated[str, AfterValidator(_played)]
Kind = Annotated[str, AfterValidator(_known)]
Method = Annotated[int | str, BeforeValidator(_number)]
