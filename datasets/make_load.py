"""Make load.csv from the half-hourly demand that pmdarima 2.1.1 ships.

    pip download pmdarima==2.1.1 --no-deps
    unzip pmdarima-2.1.1-*.whl pmdarima/datasets/taylor.py
    python datasets/make_load.py pmdarima/datasets/taylor.py datasets/load.csv

The numbers are read from the source of taylor.py; nothing of pmdarima is imported.
"""

import ast
import csv
import datetime
import pathlib
import sys

START = datetime.datetime(2000, 6, 5)  # a Monday


def numbers(source):
    """The longest list of numbers in a Python file."""
    lists = (node for node in ast.walk(ast.parse(pathlib.Path(source).read_text())) if isinstance(node, ast.List))
    return ast.literal_eval(max(lists, key=lambda node: len(node.elts)))


def make(source, target):
    with open(target, "w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["time", "load"])
        for k, load in enumerate(numbers(source)):
            time = START + k * datetime.timedelta(minutes=30)
            table.writerow([time.isoformat(" ", "minutes"), load])


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: python make_load.py TAYLOR.py TARGET.csv")
    make(*sys.argv[1:])
