"""Training from a bundle, on a machine without a network: this file is copied beside the parts of the bundle.

    python run.py --minutes 20 --device cuda

It needs Python 3.11 or later with torch, transformers, tokenizers, safetensors, onnx and onnxruntime; everything else
is in the parts. results/ gets the trained weights in parts; the same command resumes an interrupted run.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import logging
import shutil
import sys
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

MAX_PART_BYTES = 48 * 2**20  # of a bundle
MAX_RESULT_PART_BYTES = 15 * 2**20
MANIFEST = "parts.json"
PACKAGE, WHEELS, SITE = "package", "wheels", "site"


def write_parts(entries: Mapping[str, Path], folder: Path, name: str, most_bytes: int) -> list[Path]:
    """The parts of an archive of ``entries`` (files and folders by their names in it), written to ``folder`` with a
    manifest of their sizes and digests; parts of an earlier archive of that name are removed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for old_part in folder.glob(f"{name}.tar*"):
        old_part.unlink()
    archive = folder / f"{name}.tar"
    with tarfile.open(archive, "w") as tar:
        for entry_name, path in entries.items():
            tar.add(path, entry_name)
    parts: list[Path] = []
    with archive.open("rb") as whole:
        while content := whole.read(most_bytes):
            parts.append(folder / f"{name}.tar.{len(parts):03}")
            parts[-1].write_bytes(content)
    archive.unlink()
    listed = [{"name": part.name, "bytes": part.stat().st_size, "sha256": _digest(part)} for part in parts]
    (folder / MANIFEST).write_text(json.dumps({"ragzip": "parts", "parts": listed}, indent=1) + "\n", "utf-8")
    return parts


def unpack(folder: Path, target: Path) -> None:
    """Unpack the parts in ``folder`` into ``target``.

    :raises ValueError: a part is missing or damaged, or ``folder`` has no manifest.
    """
    manifest_file = folder / MANIFEST
    if not manifest_file.is_file():
        raise ValueError(f"{folder}: has no {MANIFEST}, expected a folder of parts that ragzip wrote.")
    parts = json.loads(manifest_file.read_text("utf-8"))["parts"]
    bent = [part["name"] for part in parts if not _is_whole(folder / part["name"], part["sha256"])]
    if bent:
        raise ValueError(f"{folder}: {', '.join(bent)} missing or damaged. Copy them again.")
    target.mkdir(parents=True, exist_ok=True)
    archive = target / "joined.tar"
    with archive.open("wb") as joined:
        for part in parts:
            joined.write((folder / part["name"]).read_bytes())
    with tarfile.open(archive) as tar:
        tar.extraction_filter = getattr(tarfile, "data_filter", None)  # Python 3.11.4 and later
        tar.extractall(target)
    archive.unlink()


def _is_whole(part: Path, digest: str) -> bool:
    return part.is_file() and _digest(part) == digest


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def unpack_wheels(wheels: Path, site: Path) -> None:
    """Unpack ``wheels`` into ``site``, for the end of the module search path."""
    for wheel in sorted(wheels.glob("*.whl")):
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(site)


def unpacked(parts: Path, work: Path) -> Path:
    """The folder in ``work`` with the files of the bundle whose ``parts`` are in a folder.

    :raises ValueError: as :func:`unpack`, or ``work`` is that of another bundle.
    """
    bundle, fresh = work / "bundle", work / "bundle.unfinished"
    if not bundle.is_dir():
        shutil.rmtree(fresh, ignore_errors=True)
        unpack(parts, fresh)
        unpack_wheels(fresh / WHEELS, fresh / SITE)
        shutil.copyfile(parts / MANIFEST, fresh / MANIFEST)
        fresh.rename(bundle)
    elif (parts / MANIFEST).is_file() and (parts / MANIFEST).read_bytes() != (bundle / MANIFEST).read_bytes():
        raise ValueError(f"{work}: is of another bundle. Name another folder with --work, or remove this one.")
    return bundle


def main() -> None:
    """Unpack the bundle beside this file, train, and write the results in parts."""
    here = Path(__file__).resolve().parent
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, help="stop after this many minutes, with results")
    parser.add_argument("--tokens", type=int, help="tokens to train on [as bundled]")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or mps")
    parser.add_argument("--precision", default="auto", help="auto, bf16 or fp32")
    parser.add_argument("--work", type=Path, default=here / "work", help="folder of unpacked files and checkpoint")
    parser.add_argument("--out", type=Path, default=here / "results", help="folder of the results, in parts")
    parser.add_argument("--checkpoint", action="store_true", help="include the checkpoint, to resume elsewhere")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stdout)
    try:
        bundle = unpacked(here, options.work)
    except (ValueError, OSError) as error:
        parser.exit(1, f"run.py: {error}\n")
    sys.path.insert(0, str(bundle / PACKAGE))
    sys.path.append(str(bundle / SITE))
    from ragzip.errors import RagzipError
    from ragzip.training.bundle.train import train_bundled

    try:
        results = train_bundled(
            bundle,
            options.work,
            tokens=options.tokens,
            minutes=options.minutes,
            device=options.device,
            precision=options.precision,
            checkpoint=options.checkpoint,
        )
    except RagzipError as error:
        parser.exit(1, f"run.py: {error}\n")
    except KeyboardInterrupt:
        parser.exit(130)
    for part in write_parts(results, options.out, "results", MAX_RESULT_PART_BYTES):
        logging.info("%s: %.1f MiB", part, part.stat().st_size / 2**20)


if __name__ == "__main__":
    main()
