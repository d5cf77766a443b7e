"""Which files and folders are slides, OME-Zarr or CZI: told without what reads them."""

from __future__ import annotations

import zipfile
from itertools import islice
from pathlib import Path

import tifffile

from mmnuc.images.dicom_series import series_of
from mmnuc.images.source import Source

_TIFF = (b'II*\0', b'MM\0*', b'II+\0', b'MM\0+')
_SCANNED = ('.ndpi', '.scn', '.bif')
_ZARR = ('.zattrs', '.zgroup', 'zarr.json', '.zarray')
_BESIDE_DICOM = ('.csv', '.html', '.json', '.md', '.txt', '.xml')
_LOOKED_AT = 64


def is_slide(source: Source) -> bool:
    """Tell what OpenSlide reads: slides that are no TIFF, and TIFFs that are more than tiles."""
    if source.suffix in ('.mrxs', '.vms', '.vmu', '.svslide') or is_dicom(source):
        return True
    if source.path is None or not source.start.startswith(_TIFF):
        return False
    if source.suffix in _SCANNED:
        return _is_known_to_openslide(source.path)
    return _is_scanned(source.path)


def is_dicom(source: Source) -> bool:
    """Tell a DICOM file, or a folder that holds nothing else that could be an image."""
    if source.path is not None and source.path.is_dir():
        return not is_zarr(source) and _holds_dicom_alone(source.path)
    return source.start[128:132] == b'DICM'


def is_zarr(source: Source) -> bool:
    """Tell a Zarr store: a folder that is marked as one, or a zip of it."""
    if source.path is not None and source.path.is_dir():
        return any((source.path / mark).is_file() for mark in _ZARR)
    if source.path is None or not source.start.startswith(b'PK'):
        return False
    return source.name.lower().endswith(('.zarr.zip', '.ozx')) or _holds_zarr(source.path)


def is_czi(source: Source) -> bool:
    """Tell a CZI file of Zeiss, by its first segment."""
    return source.start.startswith(b'ZISRAWFILE')


def is_one_image(folder: str | Path) -> bool:
    """Tell whether a folder is one image (OME-Zarr, a DICOM slide) and not a folder of images.

    A folder of several DICOM slides is a folder of images.

    Example:
        >>> is_one_image('/')
        False
    """
    source = Source(str(folder), Path(folder))
    if not Path(folder).is_dir():
        return False
    return is_zarr(source) or (is_dicom(source) and _is_one_series(Path(folder)))


def _is_known_to_openslide(path: Path) -> bool:
    """Tell whether a file is what its name says; tifffile takes the name's word."""
    import openslide

    return openslide.OpenSlide.detect_format(path) not in (None, 'generic-tiff')


def _is_scanned(path: Path) -> bool:
    """Tell TIFFs of scanners with ways of their own, by their tags."""
    try:
        with tifffile.TiffFile(path) as file:
            return any((file.is_ndpi, file.is_scn, file.is_bif, file.is_philips))
    except Exception:  # of a damaged file anything: tifffile's backend says what is wrong
        return False


def _is_dicom_file(path: Path) -> bool:
    try:
        with path.open('rb') as file:
            return file.read(132)[128:] == b'DICM'
    except OSError:
        return False


def _holds_dicom_alone(folder: Path) -> bool:
    try:
        found = islice(folder.iterdir(), _LOOKED_AT)
        files = [path for path in found if path.is_file() and not path.name.startswith('.')]
    except OSError:
        return False
    files = [path for path in files if path.suffix.lower() not in _BESIDE_DICOM]
    if any(path.suffix.lower() not in ('.dcm', '') for path in files):
        return False
    return any(_is_dicom_file(path) for path in files)


def _is_one_series(folder: Path) -> bool:
    files = (path for path in sorted(folder.iterdir()) if path.is_file())
    return len({series_of(path) for path in files} - {None}) < 2


def _holds_zarr(path: Path) -> bool:
    """Tell a zip of a store: its mark lies on top, or in the one folder there."""
    try:
        with zipfile.ZipFile(path) as archive:
            return any(
                name.count('/') < 2 and name.rpartition('/')[2] in _ZARR
                for name in archive.namelist()
            )
    except (OSError, zipfile.BadZipFile):
        return False
