"""Whom to tell: addresses of apprise, from where the settings say they are kept."""

from collections.abc import Mapping
from pathlib import Path

from importer import systems
from importer.errors import Fault, SettingsRefused
from importer.settings import FILE, Workspace


def fetch(here: Workspace, environment: Mapping[str, str]) -> tuple[str, ...]:
    """Fetch all addresses; none where no setting names any."""
    section, text = here.settings.notify, ""
    if section.urls_env:
        if not environment.get(section.urls_env, "").strip():
            raise _refused(
                f'the environment has no "{section.urls_env}", which [notify] urls_env '
                "names",
                f"set it for this process: export {section.urls_env}=…",
            )
        text = environment[section.urls_env]
    if section.urls_file:
        text += "\n" + _private((here.root / section.urls_file).absolute())
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    found = tuple(word for line in lines for word in line.split())
    if (section.urls_env or section.urls_file) and not found:
        raise _refused("there is no address to tell", "write one address a line")
    return found


def _private(path: Path) -> str:
    """Read a file that nobody but its owner can read."""
    try:
        is_private = systems.is_private(path)
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        sentence = f'"{path.name}" cannot be read ({type(error).__name__})'
        raise _refused(sentence, "check [notify] urls_file and its rights") from None
    if not is_private:
        raise _refused(
            f'"{path.name}", which holds addresses, can be read by others',
            f'take their rights away: chmod 600 "{path}"',
        )
    return text


def _refused(sentence: str, hint: str) -> SettingsRefused:
    return SettingsRefused(Fault(FILE, f"[notify]: {sentence}", hint=hint))
