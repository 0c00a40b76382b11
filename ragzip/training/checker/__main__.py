"""The recipe of the shipped check of rewritings.

    python -m ragzip.training.checker --train DATA/train --dev DATA/dev --work WORK --out ragzip/models/checker

DATA holds compression/, meetings/, summaries/ and qa/ (ragzip.training.checker.data names the files). An interrupted
run resumes from WORK.
"""

from __future__ import annotations

import argparse
import logging
from pathlib import Path

from ragzip.training.checker.recipe import train_checker
from ragzip.training.machine import DEVICES, PRECISIONS


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--train", type=Path, required=True)
    parser.add_argument("--dev", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--model", type=Path, help="checker or encoder to start from [the shipped pruner]")
    parser.add_argument("--tokens", type=int, default=3_000_000)
    parser.add_argument("--device", choices=DEVICES, default="auto")
    parser.add_argument("--precision", choices=PRECISIONS, default="auto")
    parser.add_argument("--packed", type=Path, help="training data that `ragzip train pack checker` wrote")
    parser.add_argument("--minutes", type=float, help="stop training after so many minutes and export the network")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    shares = train_checker(
        options.train,
        options.dev,
        options.out,
        options.work,
        model=options.model,
        tokens=options.tokens,
        device=options.device,
        precision=options.precision,
        minutes=options.minutes,
        packed=options.packed,
    )
    logging.info("%s", shares["all"])


if __name__ == "__main__":
    main()
