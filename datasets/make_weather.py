"""Make weather.csv from the Seattle weather that vega_datasets 0.9.0 ships.

pip download vega_datasets==0.9.0 --no-deps
unzip vega_datasets-0.9.0-py3-none-any.whl 'vega_datasets/_data/seattle-weather.csv'
python datasets/make_weather.py vega_datasets/_data/seattle-weather.csv datasets/weather.csv
"""

import csv
import sys

COLUMNS = ["precipitation", "temp_max", "temp_min", "wind"]


def make(source, target):
    with open(source, encoding="utf-8", newline="") as rows, open(target, "w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["date", *COLUMNS])
        for row in csv.DictReader(rows):
            table.writerow([row["date"].replace("/", "-"), *(row[name] for name in COLUMNS)])


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: python make_weather.py SEATTLE-WEATHER.csv TARGET.csv")
    make(*sys.argv[1:])
