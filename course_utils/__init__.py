"""What the course's notebooks use but do not teach: language, data, figures, explorables, training loop, checks."""


def __getattr__(name):
    """`__version__`, as the installed package says it; looked up when asked for, so that nothing waits for it."""
    if name == "__version__":
        from importlib.metadata import version

        return version("rnn-course")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
