"""Questions with an answer to each choice. A page like the explorables: no kernel, no network, the same text every
time."""

from .explorer import Explorer

KEYS = {"ask", "options", "answer", "why"}


def quiz(*questions):
    """Multiple-choice questions in one frame, with a count of those right at the first try.

    Each question is {"ask": str, "options": [str, …], "answer": index, "why": [str, …]}; `why` has a line for each
    option and
    names the misconception behind a wrong one. Texts are plain text, neither HTML nor LaTeX: write formulas in Unicode,
    such as hₜ = tanh(W hₜ₋₁), x², ∂L/∂h, ≤, −1."""
    for number, question in enumerate(questions, 1):
        if problem := _problem(question):
            raise ValueError(f"quiz question {number}: {problem}")
    if not questions:
        raise ValueError("quiz needs at least one question")
    height = sum(90 + 34 * len(question["options"]) for question in questions) + 60
    return Explorer("quiz", height, questions=list(questions))


def _problem(question):
    if set(question) != KEYS:
        return f"needs exactly the keys {', '.join(sorted(KEYS))}, got {', '.join(sorted(question))}"
    options, why, answer = question["options"], question["why"], question["answer"]
    if len(options) < 2 or len(set(options)) < len(options):
        return f"needs at least two different options, got {options}"
    if len(why) != len(options):
        return f"has {len(options)} options but {len(why)} lines in why"
    if answer not in range(len(options)):
        return f"answer is an index from 0 to {len(options) - 1}, got {answer!r}"
