"""Questions with an answer to each choice. A page like the explorables: no kernel, no network, the same text every
time."""

from course_utils import questions

from .explorer import Explorer


def quiz(name):
    """The quiz `name`, such as "05-self-check", in one frame, with a count of those right at the first try. Its texts
    stand in course_utils/questions."""
    asked = questions.quiz(name)
    height = sum(90 + 34 * len(question["options"]) for question in asked) + 60
    return Explorer("quiz", height, questions=asked)
