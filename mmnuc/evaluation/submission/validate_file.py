"""Validate one file on disk and print what was found."""

from __future__ import annotations

from pathlib import Path

from mmnuc.errors import UserError
from mmnuc.evaluation.submission.fault import ValidationReport
from mmnuc.evaluation.submission.formats import SubmissionFormat
from mmnuc.evaluation.submission.images import read_images


def validate_file(file_format: SubmissionFormat, file: Path, images_json: Path) -> int:
    """Print every fault of a submission, then its entries by image.

    Args:
        file_format: The board's format.
        file: The submission.
        images_json: The images of the board.

    Returns:
        0 when the board takes the file, 1 when it does not.

    Raises:
        UserError: The submission or the images json can't be read.
    """
    images = read_images(images_json)
    if not file.is_file():
        raise UserError(f'no such submission: {file}')
    report = file_format.validate(file.read_bytes(), images)
    for fault in report.faults:
        print(fault)
    print(summary(report))
    print(f'{file}: {verdict(report, file_format.name)}')
    return 0 if report.valid else 1


def summary(report: ValidationReport) -> str:
    """Entries by image, one a line, and their sum.

    Example:
        >>> print(summary(ValidationReport((), {'1': 120, '2': 8})))
        image 1: 120 entries
        image 2: 8 entries
        all 2 images: 128 entries
    """
    lines = [f'image {name}: {count} entries' for name, count in report.entries.items()]
    total = sum(report.entries.values())
    return '\n'.join([*lines, f'all {len(lines)} images: {total} entries'])


def verdict(report: ValidationReport, name: str) -> str:
    """One line: valid or how many faults.

    Example:
        >>> verdict(ValidationReport((), {}), 'dsb2018')
        'a valid dsb2018 submission'
    """
    if not report.valid:
        return f'{len(report.errors)} faults, {len(report.warnings)} warnings'
    warned = f', {len(report.warnings)} warnings' if report.warnings else ''
    return f'a valid {name} submission{warned}'
