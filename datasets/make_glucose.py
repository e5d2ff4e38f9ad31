"""Make glucose.csv from the readings of a glucose monitor that bokeh-sampledata 2026.1 ships.

pip download bokeh-sampledata==2026.1 --no-deps
unzip bokeh_sampledata-2026.1-py3-none-any.whl 'bokeh_sampledata/_data/CGM.csv.gz'
python datasets/make_glucose.py bokeh_sampledata/_data/CGM.csv.gz datasets/glucose.csv
"""

import csv
import datetime
import gzip
import sys

READINGS = 18_000


def make(source, target):
    with gzip.open(source, "rt", encoding="utf-8", newline="") as rows:
        # a dictionary: of readings of the same moment the first is kept
        readings = {}
        for row in csv.DictReader(rows):
            readings.setdefault(datetime.datetime.fromisoformat(row["datetime"]), row["glucose"])
    times = sorted(readings)[:READINGS]
    midnight = datetime.datetime.combine(times[0].date(), datetime.time())
    with open(target, "w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["minute", "glucose"])
        for time in times:
            table.writerow([(time - midnight) // datetime.timedelta(minutes=1), readings[time]])


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: python make_glucose.py CGM.csv.gz TARGET.csv")
    make(*sys.argv[1:])
