"""An environment that has only some of the packages installed here, and wheels made of the others."""

import importlib.metadata
import os
import subprocess
import sys
import zipfile
from pathlib import Path

from ragzip.training.bundle.make import PRESENT, _closure, missing_packages


def make_environment(folder):
    """The path of a folder with links to :data:`PRESENT` and what they require, for PYTHONPATH."""
    for name in sorted(_closure(PRESENT)):
        for top in _top_level(name):
            link = folder / top.name
            if not link.exists():
                link.symlink_to(top, target_is_directory=top.is_dir())
    return folder


def _top_level(name):
    """The files and folders of a package in the folder of all packages."""
    try:
        distribution = importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError:  # for another platform or version of Python
        return set()
    root = Path(distribution.locate_file(""))
    return {root / Path(file).parts[0] for file in distribution.files or () if Path(file).parts[0] not in ("..", "/")}


def make_wheels(folder, recipe):
    """The path of a folder of wheels of the packages that a bundle of ``recipe`` brings."""
    for name, version in missing_packages(recipe).items():
        distribution = importlib.metadata.distribution(name)
        with zipfile.ZipFile(folder / f"{name.replace('-', '_')}-{version}-py3-none-any.whl", "w") as wheel:
            for file in distribution.files or ():
                path = Path(distribution.locate_file(file))
                if Path(file).parts[0] != ".." and "__pycache__" not in path.parts and path.is_file():
                    wheel.write(path, str(file))
    return folder


def run_there(script, environment, *arguments):
    """The output of ``script`` in ``environment`` alone: no site-packages, no network, no home."""
    variables = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(environment),
        "HF_HUB_OFFLINE": "1",
        "HOME": str(Path(script).parent),
        "OMP_NUM_THREADS": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    command = [sys.executable, "-S", str(script), *arguments]
    outcome = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=3600)
    assert outcome.returncode == 0, outcome.stdout[-2000:] + outcome.stderr[-4000:]
    return outcome.stdout
