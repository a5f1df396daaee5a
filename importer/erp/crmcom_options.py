"""The keys of `[erp.options]` for CRM.COM: who logs in, and how a payment is booked.

Names of types, methods, categories and users are each installation's own.  A
plain text is the name (the number, the username); `code=BANK` is the field of the
identifier and its value, as CRM.COM itself writes it in its addresses.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from importer import toml
from importer.erp.crmcom_order import (
    AccountsReceivable,
    FieldsSet,
    Identifier,
    Release,
)
from importer.errors import Fault, SettingsRefused

OLDEST: Release = (9, 1)
"""Before it there is no back_office_code, and so no proof of what was sent."""
NEWEST: Release = (18, 0)

_RELEASE = re.compile(r"R?([0-9]{1,2})(?:\.([0-9]{1,2}))?(?:\.[0-9]+)?")
_USER_DEFINED = re.compile(r"udf_(string_[1-8]|float_[1-4]|date_[1-4])")


def _release(value: object) -> object:
    if isinstance(value, int | Decimal | str):
        found = _RELEASE.fullmatch(str(value).strip())
        if found is None:
            raise ValueError("write the release as 18 or 13.1")
        return int(found[1]), int(found[2] or 0)
    return value


class Options(BaseModel):
    """What CRM.COM needs beyond an address and a secret.

    With a `user` the secret is the password, without one it is a web API key.
    `absent` are codes or messages by which this installation says that nothing is
    there, where ours are not understood.  A `udf_…` is a text in which
    `{reference}` and other words of `FILLS` stand for what the payment has.
    """

    model_config = ConfigDict(extra="allow", frozen=True)

    user: str = ""
    organisation: str = ""
    unit: str = ""
    release: Annotated[Release, BeforeValidator(_release)] = NEWEST
    type: str = Field(min_length=1)
    category: str = ""
    received_by_user: str = ""
    received_by_unit: str = ""
    received_by_business_unit: str = ""
    fields_set: FieldsSet | None = None
    absent: tuple[str, ...] = ()

    @property
    def user_defined(self) -> Mapping[str, str]:
        """Return the templates of the fields that the installation defined."""
        return {name: str(text) for name, text in (self.model_extra or {}).items()}

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        for name in self.model_extra or {}:
            if not _USER_DEFINED.fullmatch(name):
                raise ValueError(f'there is no key "{name}"')
        if self.user and not self.organisation:
            raise ValueError("a user logs in to an organisation: name it")
        if self.release < OLDEST:
            raise ValueError(
                "releases before 9.1 have no back_office_code, by which alone a "
                "payment is found again"
            )
        return self


def read(given: Mapping[str, Any]) -> Options:
    """Check the keys; raises `SettingsRefused` with all that is wrong."""
    try:
        return Options.model_validate(dict(given))
    except ValidationError as error:
        raise SettingsRefused(
            *(
                Fault("importer.toml", _said(fault), hint="docs/crmcom.md has the keys")
                for fault in error.errors(include_url=False)
            )
        ) from None


def _said(fault: Any) -> str:
    """Say what is wrong with a key, and never its value: it may be a secret."""
    key = " ".join(["[erp.options]", *map(str, fault["loc"])])
    match fault["type"]:
        case "missing":
            return f"{key} is missing"
        case "value_error":
            return f"{key}: {fault['ctx']['error']}"
        case _:
            return f"{key} {toml.must(fault)}"


def identified(kind: type[Identifier], text: str) -> dict[str, str]:
    """Return what names a thing: `field=value`, or the field that people use."""
    field, equals, value = text.partition("=")
    if equals and field in kind.model_fields:
        return {field: value}
    if kind is AccountsReceivable:
        return {"number": text}  # its name is a person's, and not unique
    return {"username" if "username" in kind.model_fields else "name": text}
