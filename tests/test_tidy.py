"""The shape of the code is a test: who imports whom, and how large a thing may be."""

import ast
import re
from pathlib import Path

import pytest

from importer.cli import COMMANDS

TOP = Path(__file__).parent.parent
PACKAGE = TOP / "importer"
MODULES = sorted(PACKAGE.rglob("*.py"))
LINES_MOST = 300
FUNCTION_LINES_MOST = 60

HOUSE = (
    ("errors", "shipped", "systems"),
    ("money", "dates", "cells", "toml", "locks", "files", "spread"),
    ("model", "table", "logs"),
    ("notation", "mapping", "identity"),
    ("transcribe", "guess", "resolve", "repeats", "lookup"),
    ("readers", "erp"),
    ("journal", "books", "settings", "workspaces"),
    (
        "results",
        "tokens",
        "notices",
        "lanes",
        "presence",
        "fitting",
        "sandbox",
        "reopening",
    ),
    ("posting", "approval"),
    (
        *("intake", "inspection", "settling", "reconciling", "review", "ledger"),
        *("undoing", "workbook", "inbox", "report"),
    ),
    ("rounds", "replay", "proposals"),
    ("cli",),
)
ROWS = {room: row for row, rooms in enumerate(HOUSE) for room in rooms}
PURE_PACKAGES = (
    "errors",
    "money",
    "dates",
    "model",
    "table",
    "notation",
    "guess",
    "transcribe",
    "identity",
    "repeats",
    "lookup",
    "resolve",
)
OUTSIDE_WORLD = {"open", "print", "input", "now", "today", "getenv", "sleep"}


def name_of(path: Path) -> str:
    return path.relative_to(PACKAGE).with_suffix("").as_posix()


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports_of(tree: ast.Module) -> set[str]:
    names = set()
    for node in ast.walk(tree):
        match node:
            case ast.ImportFrom(module=str(module), level=0, names=found):
                names.add(module)
                names |= {f"{module}.{alias.name}" for alias in found}
            case ast.Import(names=found):
                names |= {alias.name for alias in found}
            case _:
                pass
    return names


def rooms_imported(tree: ast.Module) -> set[str]:
    parts = [name.split(".") for name in imports_of(tree)]
    return {p[1] for p in parts if p[0] == "importer" and len(p) > 1} & ROWS.keys()


@pytest.fixture(params=MODULES, ids=name_of)
def module(request: pytest.FixtureRequest) -> tuple[Path, str, ast.Module]:
    path: Path = request.param
    text = path.read_text(encoding="utf-8")
    return path, text, ast.parse(text)


def test_imports_go_downward(module: tuple[Path, str, ast.Module]) -> None:
    """A module imports from lower rows only, and within its own room."""
    path, _, tree = module
    room = room_of(path)
    if room in ("__init__", "__main__"):
        return
    assert room in ROWS, f"{room} has no row in the house"
    upward = {
        other
        for other in rooms_imported(tree)
        if other != room and ROWS[other] >= ROWS[room]
    }
    assert not upward, f"{room} may not import {sorted(upward)}"


def test_sandbox_shares_no_code_with_the_clients_it_judges() -> None:
    for path in (PACKAGE / "sandbox").rglob("*.py"):
        rooms = rooms_imported(ast.parse(path.read_text(encoding="utf-8")))
        assert rooms <= {"errors", "sandbox"}, path


def test_modules_say_what_they_are_for_and_stay_small(
    module: tuple[Path, str, ast.Module],
) -> None:
    path, text, tree = module
    assert ast.get_docstring(tree), f"{name_of(path)} has no docstring"
    lines = len(text.splitlines())
    assert lines <= LINES_MOST, f"{name_of(path)} has {lines} lines"


def test_functions_stay_small(module: tuple[Path, str, ast.Module]) -> None:
    path, _, tree = module
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.end_lineno:
            lines = node.end_lineno - node.lineno + 1
            assert lines <= FUNCTION_LINES_MOST, f"{name_of(path)}:{node.name}"


def test_money_is_never_a_float(module: tuple[Path, str, ast.Module]) -> None:
    """`float` may stand only where a library gives or wants one that is no money."""
    path, text, tree = module
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id == "float":
            line = text.splitlines()[node.lineno - 1]
            assert re.search("# (seconds|a cell|a ratio|a share)", line), (
                f"{name_of(path)}:{node.lineno} says float without saying why"
            )


def test_the_core_is_pure(module: tuple[Path, str, ast.Module]) -> None:
    """No clock, disk, network or environment in the rows that decide."""
    path, _, tree = module
    if room_of(path) not in PURE_PACKAGES:
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = node.func
            name = getattr(called, "attr", getattr(called, "id", ""))
            assert name not in OUTSIDE_WORLD, f"{name_of(path)}:{node.lineno} {name}"


def test_every_module_is_used() -> None:
    """A module that nothing imports and no command names is dead."""
    named = {f"importer.cli.{name}" for name in COMMANDS}
    for path in MODULES:
        text = path.read_text(encoding="utf-8")
        named |= imports_of(ast.parse(text))
        named |= {
            node.value
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and node.value.startswith("importer.")
        }
    for path in MODULES:
        dotted = "importer." + name_of(path).replace("/", ".")
        if path.stem not in ("__init__", "__main__"):
            assert dotted in named, f"nothing uses {dotted}"


def test_tracked_text_names_no_machine() -> None:
    """No path of a machine and no package index in what we publish."""
    marks = ("pypi.org", *(f"/{name}/" for name in ("home", "root", "work")))
    suffixes = {".py", ".md", ".toml", ".txt", ".csv", ".json", ".yml", ".service"}
    for path in TOP.rglob("*"):
        parts = path.relative_to(TOP).parts
        if parts[0].startswith(".") and parts[0] != ".ci":
            continue
        if path.is_file() and path.suffix in suffixes and path != Path(__file__):
            text = path.read_text(encoding="utf-8", errors="replace")
            found = [mark for mark in marks if mark in text]
            assert not found, f"{path} names {found}"
