"""The ERP's token, from where the settings say that it is kept."""

import os
import re
import stat
import sys
from collections.abc import Mapping
from pathlib import Path

from importer.errors import Fault, SettingsRefused
from importer.settings import FILE, Workspace

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
        mode = path.stat().st_mode
        value = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no UTF-8"
        sentence = f'the token file "{path.name}" cannot be read: {why}'
        raise _no_token(sentence, "check [erp] token_file and its rights") from None
    if os.name == "posix" and stat.S_IMODE(mode) & 0o077:
        raise _no_token(
            f'the token file "{path.name}" can be read by others',
            f'take their rights away: chmod 600 "{path}"',
        )
    if not value:
        sentence = f'the token file "{path.name}" is empty'
        raise _no_token(sentence, "put the token into it, and nothing else")
    return value


def _token_in_keyring(name: str) -> str:
    try:
        import keyring  # noqa: PLC0415 -- an extra, loaded only where it is named
    except ImportError:
        raise _no_token(
            "[erp] token_keyring needs the package keyring",
            f"{sys.executable} -m pip install keyring",
        ) from None
    value: str | None = keyring.get_password("remittance-importer", name)
    if not value:
        raise _no_token(
            f'the keyring has no "{name}" of remittance-importer',
            f"keyring set remittance-importer {name}",
        )
    return value
