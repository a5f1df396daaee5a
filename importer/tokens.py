"""The ERP's token, from where the settings say that it is kept."""

import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from importer import systems
from importer.errors import Fault, SettingsRefused
from importer.settings import FILE, Workspace

SERVICE = "remittance-importer"
# No token looks so: letters, with one figure at the most.
_VARIABLE = re.compile(r"[A-Za-z_]{1,40}\d?")
SANDBOX_TOKEN = "TOK-sandbox-company-1"  # noqa: S105 -- opens nothing but the sandbox


def fetch(workspace: Workspace, environment: Mapping[str, str]) -> str:
    """Fetch the ERP's token from where the settings say it is kept."""
    erp = workspace.settings.erp
    if erp.kind == "sandbox" and not (erp.token_env or erp.token_file):
        return SANDBOX_TOKEN
    if erp.token_env:
        if value := environment.get(erp.token_env, "").strip():
            return value
        raise _no_variable(erp.token_env)
    if erp.token_file:
        return _token_in_file((workspace.root / erp.token_file).absolute())
    if erp.token_keyring:
        return _token_in_keyring(erp.token_keyring)
    raise _no_token(
        "no setting says where the ERP's token is kept",
        f"give token_env, token_file or token_keyring in [erp] of {FILE}",
    )


def keep(place: str, name: str, token: str, root: Path) -> None:
    """Keep a token where `[erp]` will look for it: `token_file` or `token_keyring`.

    A file is made readable by its owner alone, and never written over.
    """
    if place == "token_keyring":
        with _opened_keyring() as keyring:
            keyring.set_password(SERVICE, name, token)
        return
    path = (root / name).absolute()
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    try:
        with os.fdopen(os.open(path, flags, 0o600), "w", encoding="utf-8") as file:
            file.write(f"{token}\n")
    except FileExistsError:
        raise _no_token(
            f'there is a file "{path.name}" already', "name another one"
        ) from None


def how(place: str, name: str) -> str:
    """Say how a person keeps a token where the settings say."""
    if place == "token_keyring":
        return f"keyring set {SERVICE} {name}"
    return f'put the token into "{name}", and let nobody else read it: chmod 600 {name}'


def _no_token(sentence: str, hint: str) -> SettingsRefused:
    return SettingsRefused(Fault(FILE, sentence, hint=hint))


def _no_variable(name: str) -> SettingsRefused:
    """Name the variable that is not set, unless it may be a token itself."""
    if not _VARIABLE.fullmatch(name):
        return _no_token(
            "[erp] token_env is not the name of a variable",
            "write a name such as KOMET_TOKEN; the token itself stands in no file, "
            "and if it stood in this one, have it replaced",
        )
    return _no_token(
        f'the environment has no "{name}", which [erp] token_env names',
        f"set it for this process: export {name}=…",
    )


def _token_in_file(path: Path) -> str:
    try:
        is_private = systems.is_private(path)
        value = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no UTF-8"
        sentence = f'the token file "{path.name}" cannot be read: {why}'
        raise _no_token(sentence, "check [erp] token_file and its rights") from None
    if not is_private:
        raise _no_token(
            f'the token file "{path.name}" can be read by others',
            f'take their rights away: chmod 600 "{path}"',
        )
    if not value:
        sentence = f'the token file "{path.name}" is empty'
        raise _no_token(sentence, "put the token into it, and nothing else")
    return value


def _token_in_keyring(name: str) -> str:
    with _opened_keyring() as keyring:
        value: str | None = keyring.get_password(SERVICE, name)
    if not value:
        raise _no_token(
            f'the keyring has no "{name}" of {SERVICE}',
            how("token_keyring", name),
        )
    return value


@contextmanager
def _opened_keyring() -> Iterator[Any]:
    """Open the system's keyring, and say so where there is none."""
    try:
        import keyring  # noqa: PLC0415 -- an extra, loaded only where it is named
        from keyring.errors import KeyringError  # noqa: PLC0415
    except ImportError:
        raise _no_token(
            "[erp] token_keyring needs the package keyring",
            f"{sys.executable} -m pip install keyring",
        ) from None
    try:
        yield keyring
    except KeyringError as error:
        raise _no_token(
            f"the system's keyring cannot be used ({type(error).__name__})",
            "unlock it, or keep the token in a file: [erp] token_file",
        ) from None
