"""The submission formats by name: how each is written, and how it is checked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from mmnuc.atomic import atomic_path
from mmnuc.errors import UserError
from mmnuc.evaluation.submission import dsb2018, tiny_voc, vrdl2021
from mmnuc.evaluation.submission.fault import ValidationReport
from mmnuc.evaluation.submission.image_result import ImageResult
from mmnuc.evaluation.submission.images import BoardImages

_SHOWN = 10


@dataclass(frozen=True)
class SubmissionFormat:
    """One board's file format.

    Attributes:
        name: Its name on the command line.
        encode: Results and the board's images to the file's content.
        validate: The file's content and the board's images to what is wrong with it.
    """

    name: str
    encode: Callable[[Sequence[ImageResult], BoardImages], bytes]
    validate: Callable[[bytes, BoardImages], ValidationReport]

    def write(
        self, path: str | Path, results: Sequence[ImageResult], images: BoardImages
    ) -> ValidationReport:
        """Write a submission that the board takes, or nothing.

        The file is read back and validated before it gets its name.

        Args:
            path: The file to write.
            results: One result for every image.
            images: The images of the board.

        Returns:
            The validator's report, which holds warnings at most.

        Raises:
            UserError: The results don't fit the images, or the validator finds a fault.
        """
        try:
            content = self.encode(results, images)
        except ValueError as error:
            raise UserError(f'no {self.name} submission was written: {error}') from error
        with atomic_path(path) as temporary:
            temporary.write_bytes(content)
            report = self.validate(temporary.read_bytes(), images)
            if not report.valid:
                shown = '\n'.join(map(str, report.errors[:_SHOWN]))
                raise UserError(
                    f'{path} was not written, for it would have {len(report.errors)} faults:\n'
                    f'{shown}'
                )
        return report


FORMATS = {
    'vrdl2021': SubmissionFormat('vrdl2021', vrdl2021.encode, vrdl2021.validate),
    'tiny_voc': SubmissionFormat('tiny_voc', tiny_voc.encode, tiny_voc.validate),
    'dsb2018': SubmissionFormat('dsb2018', dsb2018.encode, dsb2018.validate),
}
