"""Make stock.csv from the daily prices that bokeh-sampledata 2026.1 ships.

pip download bokeh-sampledata==2026.1 --no-deps
unzip bokeh_sampledata-2026.1-py3-none-any.whl 'bokeh_sampledata/_data/stocks.csv.gz'
python datasets/make_stock.py bokeh_sampledata/_data/stocks.csv.gz datasets/stock.csv
"""

import csv
import gzip
import sys


def make(source, target):
    with (
        gzip.open(source, "rt", encoding="utf-8", newline="") as rows,
        open(target, "w", encoding="utf-8", newline="") as file,
    ):
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["date", "adjusted_close"])
        for row in csv.DictReader(rows):
            if row["Ticker"] == "AAPL":
                table.writerow([row["Date"], f"{float(row['Adj Close']):.4f}"])


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: python make_stock.py STOCKS.csv.gz TARGET.csv")
    make(*sys.argv[1:])
