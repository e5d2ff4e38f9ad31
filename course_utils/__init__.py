"""What the course's notebooks use but do not teach: language, data, figures, explorables, training loop, checks."""

__version__ = "1.0.0"
