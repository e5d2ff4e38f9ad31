"""A submission in, a report out. Read `grade.py` first: it is the path of one submission, top to bottom."""
