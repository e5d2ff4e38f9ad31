import pytest

from course_utils import language


@pytest.fixture(autouse=True)
def chinese():
    yield
    language.use("中文")


def test_chinese_until_told_otherwise():
    assert language.code() == "zh" and language.say("是", "yes") == "是"


def test_use_changes_what_say_picks():
    language.use("English")
    assert language.code() == "en" and language.say("是", "yes") == "yes"
    language.use("中文")
    assert language.say("是", "yes") == "是"


@pytest.mark.parametrize("name", ["中文 || English", "english", "zh", "", None])
def test_other_names_are_refused_and_change_nothing(name):
    language.use("English")
    with pytest.raises(ValueError, match="中文.*English"):
        language.use(name)
    assert language.code() == "en"
