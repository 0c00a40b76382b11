"""Runs the benchmarks and writes results/*.json; then the tables of benchmarks/README.md.

python benchmarks/run.py --data DATA [--only NAME]
"""

import argparse
from pathlib import Path

import budgets
import retention
import speed
import splitting
from common import save
from report import write_tables

BENCHMARKS = {"splitting": splitting, "speed": speed, "budgets": budgets, "retention": retention}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with qa/*.jsonl.gz")
    parser.add_argument("--only", choices=BENCHMARKS, nargs="*", default=list(BENCHMARKS))
    options = parser.parse_args()
    for name in options.only:
        print(f"== {name}")
        save(name, BENCHMARKS[name].run(options.data))
    write_tables()


if __name__ == "__main__":
    main()
