"""Smoke test of the installed main wheel: ``python -I tools/smoke.py DIST``, with the folder of the built files.

Run it isolated (-I) and outside the checkout, so that nothing of the checkout is imported.
"""

import subprocess
import sys
import sysconfig
from pathlib import Path

import ragzip
from ragzip.errors import ModelError
from ragzip.models import SHIPPED, card, shipped

MAX_MEGABYTES = 75  # of a file in DIST; the index takes 100
TEXTS = ["Paris is the capital of France. It rained on Monday.", "Berlin is in Germany. The wall fell in 1989."]
QUESTION = "What is the capital of France?"


def main() -> None:
    site = Path(sysconfig.get_path("purelib"))
    assert Path(ragzip.__file__).is_relative_to(site), f"{ragzip.__file__} is not of the installed wheel"
    sizes = {file.name: file.stat().st_size / 1e6 for file in sorted(Path(sys.argv[1]).iterdir())}
    for name, megabytes in sizes.items():
        assert megabytes < MAX_MEGABYTES, f"{name}: {megabytes:.1f} MB, at most {MAX_MEGABYTES}"

    for name, model in SHIPPED.items():
        if not model.extra:
            assert shipped(name).is_dir() and card(name).is_file(), name
            continue
        try:
            shipped(name)
        except ModelError as error:
            assert f"ragzip[{model.extra}]" in str(error), error
        else:
            raise AssertionError(f"{name} is in the main wheel")

    for compressor in ("auto", "extractive/embedding", "token/pruner-words"):
        result = ragzip.compress(TEXTS, QUESTION, target_tokens=7, compressor=compressor, cache=False)
        assert 0 < result.stats.tokens_out <= 7 and "Paris" in result.text, (compressor, result.text)
    command = [Path(sys.executable).parent / "ragzip", "compress", "-q", QUESTION, "-n", "7"]
    printed = subprocess.run(command, input=TEXTS[0], capture_output=True, text=True, check=True).stdout
    assert "Paris" in printed, printed
    print(ragzip.__version__, *(f"{name}: {megabytes:.1f} MB" for name, megabytes in sizes.items()), sep="\n")


if __name__ == "__main__":
    main()
