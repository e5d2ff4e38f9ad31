"""The one door through which a kernel speaks to the grader.

A kernel runs the learner's code, which can send anything on the kernel's own channels. What comes through here is made
anew: a message of a known kind with the few fields that are used, each of its type, its text free of what could hurt
whoever shows it. Everything else is `Malformed`.
"""

import unicodedata

OUTPUT = {"stream", "display_data", "update_display_data", "execute_result", "error"}
PASSING = {"execute_input", "clear_output", "comm_open", "comm_msg", "comm_close", "debug_event", "iopub_welcome"}
REPLIES = {"execute_reply", "kernel_info_reply"}
KINDS = {"iopub": OUTPUT | PASSING | {"status"}, "shell": REPLIES}
STATES = {"starting", "busy", "idle"}
STATUSES = {"ok", "error", "aborted"}
CHARACTERS_OF_A_NAME = 200  # an error's name, a message's id
CHARACTERS_OF_AN_ERROR = 10_000
BYTES = 64 << 20  # of one message: what the kernel of a right answer sends is a thousand times smaller
EMPTY = 200  # what a message without text counts for


class Malformed(ValueError):
    """Not a message that a kernel sends of itself."""


def admit(channel, raw):
    """(message, characters of output it carries). Raises Malformed.

    The message has "msg_type", "parent_header" {"msg_id"} and "content" as nbval reads them; of what is displayed
    only the fact is kept.
    """
    kind = _text(raw, "msg_type", CHARACTERS_OF_A_NAME)
    if kind not in KINDS[channel]:
        raise Malformed(f"{kind} on {channel}")
    parent, content = _mapping(raw, "parent_header"), _mapping(raw, "content")
    parent_id = _text(parent, "msg_id", CHARACTERS_OF_A_NAME) if parent else ""
    made, size = _content(kind, content)
    return {"msg_type": kind, "parent_header": {"msg_id": parent_id}, "content": made}, size


def _content(kind, content):
    if kind == "stream":
        name, text = _text(content, "name", CHARACTERS_OF_A_NAME), _text(content, "text")
        if name not in ("stdout", "stderr"):
            raise Malformed("a stream of another name")
        return {"name": name, "text": text}, EMPTY + len(text)
    if kind == "error":
        name, value = (_text(content, key)[:most] for key, most in (("ename", 200), ("evalue", CHARACTERS_OF_AN_ERROR)))
        return {"ename": name, "evalue": value, "traceback": []}, EMPTY + len(value)
    if kind == "status":
        return {"execution_state": _one_of(STATES, content, "execution_state")}, 0
    if kind in REPLIES:
        return {"status": _one_of(STATUSES, content, "status")}, 0
    if kind in OUTPUT:
        return {"data": {}, "metadata": {}, "execution_count": None}, EMPTY + _size(_mapping(content, "data"))
    return {}, EMPTY


def _mapping(container, key):
    value = container.get(key) if isinstance(container, dict) else None
    if not isinstance(value, dict):
        raise Malformed(f"{key} is no mapping")
    return value


def _text(container, key, most=None):
    value = container.get(key) if isinstance(container, dict) else None
    if not isinstance(value, str) or (most and len(value) > most):
        raise Malformed(f"{key} is no text, or too long")
    return shown(value)


def _one_of(known, container, key):
    value = _text(container, key)
    if value not in known:
        raise Malformed(f"{key} {value[:CHARACTERS_OF_A_NAME]!r}")
    return value


def _size(data):
    """Characters of what is displayed, however it is nested."""
    total, todo = 0, [data]
    while todo:
        value = todo.pop()
        if isinstance(value, dict):
            todo += [*value, *value.values()]
        elif isinstance(value, list):
            todo += value
        else:
            total += len(value) if isinstance(value, str) else 8
    return total


def shown(text):
    """The text without what cannot be written (lone surrogates) or would act on a terminal (control characters)."""
    text = text.encode("utf-8", "replace").decode()
    return text if text.isprintable() else "".join(map(_harmless, text))


def _harmless(character):
    if character in "\t\n\r" or unicodedata.category(character) not in ("Cc", "Cs"):
        return character
    return "\ufffd"
