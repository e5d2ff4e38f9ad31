"""nbval promises nothing about its insides; what grading uses of them is looked at on import."""

import pytest

from course_utils.grading.box import nbval_internals


def test_the_tested_nbval_has_what_is_relied_on():
    nbval_internals.check()


@pytest.mark.parametrize("owner", nbval_internals.RELIED_ON, ids=lambda owner: owner.__name__)
def test_a_missing_name_says_which_and_what_to_do(monkeypatch, owner):
    monkeypatch.setitem(nbval_internals.RELIED_ON, owner, {"no_longer_there"})
    with pytest.raises(ImportError, match=rf"{owner.__name__}\.no_longer_there.*constraints\.txt"):
        nbval_internals.check()
