"""What all tests share: one option, to write expected results anew."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let `--rewrite` keep what the program does now as what is expected."""
    parser.addoption(
        "--rewrite",
        action="store_true",
        help="write the expected results beside the samples anew; read the diff",
    )
