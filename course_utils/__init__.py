"""What the course's notebooks use but do not teach: language, data, figures, explorables, training loop, checks."""

import sys

# Importing nbformat imports jsonschema, which compiles a grammar of internationalised addresses: more than a second in
# every process, for a format that no notebook schema has. Without the grammar's package it leaves that format out.
sys.modules.setdefault("rfc3987_syntax", None)


def __getattr__(name):
    """`__version__`, as the installed package says it; looked up when asked for, so that nothing waits for it."""
    if name == "__version__":
        from importlib.metadata import version

        return version("rnn-course")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
