"""What a validator finds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class SubmissionFault:
    """One thing wrong with a submission.

    Attributes:
        where: The entry, as in ``entries[12]`` (counted from 0), ``line 5``, or ``file``.
        image: The image it belongs to, empty when none.
        problem: What was seen.
        remedy: What to do.
        warning: True when the board takes the file all the same.

    Example:
        >>> str(SubmissionFault('entries[3]', '2', 'score is 1.2', 'write a number from 0 to 1'))
        'entries[3], image 2: score is 1.2; write a number from 0 to 1'
    """

    where: str
    image: str
    problem: str
    remedy: str
    warning: bool = False

    @property
    def text(self) -> str:
        """Where, what and what to do, in one line."""
        place = f'{self.where}, image {self.image}' if self.image else self.where
        return f'{place}: {self.problem}; {self.remedy}'

    def __str__(self) -> str:
        """The line for the user, which tells a warning from a fault."""
        return f'warning: {self.text}' if self.warning else self.text


@dataclass(frozen=True)
class ValidationReport:
    """All that a validator says about one file.

    Attributes:
        faults: Faults and warnings in the order of the file.
        entries: Number of entries by image, for every image of the board.
    """

    faults: tuple[SubmissionFault, ...]
    entries: Mapping[str, int]

    @property
    def errors(self) -> tuple[SubmissionFault, ...]:
        """The faults for which the board would refuse or misread the file."""
        return tuple(fault for fault in self.faults if not fault.warning)

    @property
    def warnings(self) -> tuple[SubmissionFault, ...]:
        """The faults that the board lets pass."""
        return tuple(fault for fault in self.faults if fault.warning)

    @property
    def valid(self) -> bool:
        """True when nothing but warnings was found."""
        return not self.errors
