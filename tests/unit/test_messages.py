"""The door for what a kernel says: right messages pass, and nothing else comes through, whatever it is."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jupyter_client.session import Session

from course_utils.grading.box import messages

CONTENT = {
    "stream": {"name": "stdout", "text": "· h: 1\n"},
    "display_data": {"data": {"text/plain": "x", "image/png": "aGk="}, "metadata": {}, "transient": {}},
    "update_display_data": {"data": {"text/html": ["<b>", "x"]}, "metadata": {}},
    "execute_result": {"data": {"application/json": {"a": [1, None]}}, "metadata": {}, "execution_count": 3},
    "error": {"ename": "ValueError", "evalue": "no", "traceback": ["a", "b"]},
    "status": {"execution_state": "idle"},
    "execute_input": {"code": "1", "execution_count": 1},
    "clear_output": {"wait": False},
    "comm_open": {"comm_id": "1", "target_name": "x", "data": {}},
    "execute_reply": {"status": "ok", "execution_count": 1, "payload": []},
    "kernel_info_reply": {"status": "ok", "protocol_version": "5.3"},
}


def channel(kind):
    return "shell" if kind in messages.REPLIES else "iopub"


def message(kind, content=None, **changed):
    """As jupyter_client hands it over."""
    content = CONTENT[kind] if content is None else content
    return Session().msg(kind, content, parent={"msg_id": "a", "msg_type": "execute_request"}) | changed


@pytest.mark.parametrize("kind", CONTENT)
def test_what_kernels_say_passes(kind):
    made, size = messages.admit(channel(kind), message(kind))
    assert made["msg_type"] == kind and made["parent_header"]["msg_id"] == "a" and size >= 0
    kept = {"stream": ("name", "text"), "error": ("ename", "evalue"), "status": ("execution_state",)}
    assert all(made["content"][key] == CONTENT[kind][key] for key in kept.get(kind, ()))


MALFORMED = {
    "text that is a list": message("stream", {"name": "stdout", "text": ["x"]}),
    "text that is a number": message("stream", {"name": "stdout", "text": 1}),
    "no text": message("stream", {"name": "stdout"}),
    "another stream": message("stream", {"name": "verdict", "text": "passed"}),
    "name that is a mapping": message("stream", {"name": {}, "text": "x"}),
    "content that is a list": message("stream", ["stdout", "x"]),
    "no content": {"msg_type": "stream", "parent_header": {}},
    "data that is text": message("display_data", {"data": "x", "metadata": {}}),
    "no data": message("execute_result", {"metadata": {}}),
    "error without a name": message("error", {"evalue": "x", "traceback": []}),
    "a state nobody knows": message("status", {"execution_state": "passed"}),
    "a state that cannot be looked up": message("status", {"execution_state": []}),
    "a kind nobody knows": message("passed", {}),
    "a kind that is a number": message("stream", msg_type=1),
    "a kind of another channel": message("execute_reply"),
    "a parent that is text": message("stream", parent_header="a"),
    "a parent's name that is a list": message("stream", parent_header={"msg_id": ["a"]}),
    "an endless name": message("stream", {"name": "x" * 1000, "text": "x"}),
    "not even a mapping": ["stream", "x"],
    "nothing": None,
}


@pytest.mark.parametrize("name", MALFORMED)
def test_what_they_do_not_say_is_malformed(name):
    with pytest.raises(messages.Malformed):
        messages.admit("iopub", MALFORMED[name])


@pytest.mark.parametrize("status", [None, 1, [], "passed", {"ok": True}])
def test_a_reply_with_a_status_nobody_knows_is_malformed(status):
    with pytest.raises(messages.Malformed):
        messages.admit("shell", message("execute_reply", {"status": status}))


def test_text_that_could_hurt_its_reader_is_made_harmless():
    made, _ = messages.admit(
        "iopub", message("error", {"ename": "E", "evalue": "\x1b[2J中\ud800\x07\n", "traceback": []})
    )
    assert made["content"]["evalue"] == "\ufffd[2J中?\ufffd\n"


def test_display_is_measured_however_it_is_nested():
    deep = "x"
    for _ in range(100_000):
        deep = [deep]
    _, size = messages.admit("iopub", message("display_data", {"data": {"a": ["12345", {"k": deep}]}, "metadata": {}}))
    assert size >= 7


# ------------------------------------------------------------------------------------------- any message at all

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
kinds = st.sampled_from([*CONTENT, "input_request", ""]) | anything


@st.composite
def altered(draw):
    """A right message in which one or two things are something else, or missing."""
    raw = json.loads(json.dumps(message(draw(st.sampled_from(list(CONTENT)))), default=str))
    for _ in range(draw(st.integers(1, 2))):
        place = draw(st.sampled_from([raw, *(v for v in raw.values() if isinstance(v, dict))]))
        if not place:
            continue
        key = draw(st.sampled_from(sorted(place)))
        if draw(st.booleans()):
            place[key] = draw(anything)
        else:
            del place[key]
    return raw


def comes_through_clean(channel, raw):
    try:
        made, size = messages.admit(channel, raw)
    except messages.Malformed:
        return
    assert made["msg_type"] in messages.KINDS[channel] and isinstance(size, int)
    assert isinstance(made["parent_header"]["msg_id"], str)
    content = made["content"]
    assert all(isinstance(content[key], str) for key in ("name", "text", "ename", "evalue", "status") if key in content)
    assert content.get("name", "stdout") in ("stdout", "stderr")
    assert content.get("execution_state", "idle") in messages.STATES
    json.dumps(made, ensure_ascii=False).encode()  # it can be written down


@settings(max_examples=500, deadline=None)
@given(st.sampled_from(["iopub", "shell"]), altered())
def test_an_altered_message_is_clean_or_malformed(channel, raw):
    comes_through_clean(channel, raw)


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(["iopub", "shell"]),
    anything | st.fixed_dictionaries({"msg_type": kinds, "parent_header": anything, "content": anything}),
)
def test_anything_is_clean_or_malformed(channel, raw):
    comes_through_clean(channel, raw)
