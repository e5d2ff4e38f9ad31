"""What a check earns, and why it earns nothing.

Points follow from a record, never from the absence of a complaint: the cell was seen to run to its end, and every line
that the solution prints in it was seen, equal. Whatever is missing, cut short, malformed or of another kind earns
nothing, and is named.
"""

from course_utils.expected import compare, lines

BANNED = "Banned: "  # how the error begins with which a check ends when a banned built-in was called


def verdict(check, of, answers, references, outcomes):
    """passed, failed, or why the check could not be passed: missing, banned, unseen, died, hung, flooded, malformed.

    of         the answers that the check is about
    outcomes   one for each of `references`
    """
    left_out = outcomes[-1].left_out
    stopped = [left_out[name] for name in of if name in left_out]
    if stopped:
        return stopped[0]
    records = [outcome.records.get(check) for outcome in outcomes]
    if all(holds(record, expected(reference, check)) for record, reference in zip(records, references, strict=True)):
        return "passed"
    if call_seen(check, outcomes):
        return "banned"
    if all(name not in answers for name in of):
        return "missing"
    return "unseen" if None in records else "failed"


def holds(record, expected_lines):
    """Did the check run to its end, and print every line of the solution as the solution does?"""
    if record is None or not record.executed or record.error or record.offence or not expected_lines:
        return False
    return all(line.right for line in compare(expected_lines, record.printed))


def call_seen(check, outcomes):
    """In the words of the error, the banned built-in that was called while the check ran; "" where none was seen."""
    errors = [outcome.errors.get(check, "") for outcome in outcomes]
    return next((error.removeprefix(BANNED) for error in errors if error.startswith(BANNED)), "")


def expected(reference, check):
    """{label: text} of what the solution printed in this check; at the public seed, what is stored to be printed."""
    if not reference.has_outputs:
        return reference.public_lines(check)
    cell = next(cell for name, cell in reference.cells("grade") if name == check)
    if cell["execution_count"] is None:  # never run: it measures nothing
        return {}
    return lines("".join(output["text"] for output in cell["outputs"] if output.get("name") == "stdout"))
