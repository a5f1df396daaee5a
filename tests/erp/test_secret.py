"""The token shows itself to nobody who did not ask for it by name."""

import copy
import pickle
import traceback

import pytest

from importer.erp.secret import Secret

CANARY = "CANARY-7f3a91c2"


def test_a_secret_is_three_stars_wherever_it_is_printed() -> None:
    secret = Secret(CANARY)
    shown = [repr(secret), str(secret), f"{secret}", f"{[secret]}", "%s" % secret]  # noqa: UP031 -- logging does it so
    assert set("".join(shown)) <= set("*[]")
    assert secret.reveal() == CANARY


def test_a_secret_is_in_no_traceback_that_shows_locals() -> None:
    def fail(token: Secret) -> None:
        raise ValueError(token)

    with pytest.raises(ValueError, match="\\*") as caught:
        fail(Secret(CANARY))
    error = caught.value
    shown = traceback.TracebackException.from_exception(error, capture_locals=True)
    assert CANARY not in "".join(shown.format())


def test_a_secret_is_not_pickled_or_copied() -> None:
    secret = Secret(CANARY)
    with pytest.raises(TypeError):
        pickle.dumps(secret)
    with pytest.raises(TypeError):
        copy.deepcopy(secret)


def test_a_secret_is_taken_out_of_what_others_say() -> None:
    assert Secret(CANARY).hide(f"token {CANARY} is old") == "token *** is old"
    assert Secret("").hide("nothing") == "nothing"
