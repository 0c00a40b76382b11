"""Tests that need an extra which is not installed skip, and say which: ``make test-base`` runs the others.

A library that ragzip itself needs has to be there: only a MissingExtraError, and an import in a test or an example on a
page, are reasons.
"""

from pathlib import Path

import pytest

import ragzip
from ragzip.errors import MissingExtraError

PACKAGE = Path(ragzip.__file__).parent
TESTS = Path(__file__).parent


def missing_extra(error):
    """The reason to skip in ``error`` or one of its causes; None: it is a failure."""
    if error is None:
        return None
    if isinstance(error, MissingExtraError):
        return str(error)
    if isinstance(error, ModuleNotFoundError) and not _is_of_project(error.name) and not _in_library(error):
        return f"{error.name} is not installed"
    return missing_extra(error.__cause__ or error.__context__)


def _is_of_project(module):
    """Whether a module is one of ragzip, or of its tests, which no extra brings."""
    name = module.split(".")[0]
    return name == "ragzip" or any(TESTS.rglob(f"{name}.py"))


def _in_library(error):
    """Whether the import that failed is in ragzip or in an installed library."""
    files, frame = [], error.__traceback__
    while frame is not None:
        files.append(Path(frame.tb_frame.f_code.co_filename))
        frame = frame.tb_next
    file = next((file for file in reversed(files) if "importlib" not in str(file)), PACKAGE)
    return file.is_relative_to(PACKAGE) or "site-packages" in file.parts


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector):
    report = yield
    return skipped_for_extra(report, report.call, (str(collector.path), 0))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    return skipped_for_extra(report, call, item.location[:2])


def skipped_for_extra(report, call, place):
    """``report``; one of a skip where an extra is the reason of the failure."""
    if report.failed and (reason := missing_extra(call.excinfo.value)) is not None:
        report.outcome, report.longrepr = "skipped", (*place, f"Skipped: {reason}")
    return report
