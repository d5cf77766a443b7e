"""A picture for every reader, and a slide that takes more than a line to make: DICOM."""

from collections.abc import Callable
from pathlib import Path

import imagecodecs
import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian, JPEG2000Lossless, generate_uid

TILE = 64
WHOLE_SLIDE = '1.2.840.10008.5.1.4.1.1.77.1.6'
FULL_MM = 0.00025


@pytest.fixture
def rgb() -> np.ndarray:
    """An image that compresses without great loss, of odd size."""
    y, x = np.mgrid[:93, :131]
    return np.stack([y * 2, x, 255 - y - x // 2], axis=2).astype(np.uint8)


def tiles_of(rgb: np.ndarray) -> np.ndarray:
    """Tiles row by row, filled up at the edges."""
    rows, columns = (-(-side // TILE) for side in rgb.shape[:2])
    padded = np.zeros((rows * TILE, columns * TILE, 3), np.uint8)
    padded[: rgb.shape[0], : rgb.shape[1]] = rgb
    return padded.reshape(rows, TILE, columns, TILE, 3).swapaxes(1, 2).reshape(-1, TILE, TILE, 3)


def header(syntax: str, series: str, spacing_mm: float) -> Dataset:
    data = Dataset()
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = syntax
    data.SOPClassUID = data.file_meta.MediaStorageSOPClassUID = WHOLE_SLIDE
    data.SOPInstanceUID = data.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    data.SeriesInstanceUID, data.StudyInstanceUID = series, generate_uid()
    data.Modality = 'SM'
    first = spacing_mm == FULL_MM
    kind = ('ORIGINAL', 'NONE') if first else ('DERIVED', 'RESAMPLED')
    data.ImageType = [kind[0], 'PRIMARY', 'VOLUME', kind[1]]
    measures, shared, optical = Dataset(), Dataset(), Dataset()
    measures.PixelSpacing = [spacing_mm, spacing_mm]
    shared.PixelMeasuresSequence = Sequence([measures])
    data.SharedFunctionalGroupsSequence = Sequence([shared])
    optical.OpticalPathIdentifier, optical.ObjectiveLensPower = '0', 40
    data.OpticalPathSequence = Sequence([optical])
    return data


@pytest.fixture
def write_dicom() -> Callable[..., None]:
    """Write a level of a slide: VL Whole Slide Microscopy (DICOM PS3.3, A.32.8), lossless."""

    def write(
        path: Path,
        rgb: np.ndarray,
        series: str,
        spacing_mm: float = FULL_MM,
        jpeg2000: bool = False,
    ) -> None:
        data = header(JPEG2000Lossless if jpeg2000 else ExplicitVRLittleEndian, series, spacing_mm)
        data.SamplesPerPixel, data.PhotometricInterpretation = 3, 'RGB'
        data.PlanarConfiguration = data.PixelRepresentation = 0
        data.BitsAllocated = data.BitsStored = 8
        data.HighBit = 7
        data.Rows = data.Columns = TILE
        data.TotalPixelMatrixRows, data.TotalPixelMatrixColumns = rgb.shape[:2]
        data.TotalPixelMatrixFocalPlanes = data.NumberOfOpticalPaths = 1
        data.DimensionOrganizationType = 'TILED_FULL'
        data.ImagedVolumeHeight, data.ImagedVolumeWidth = (n * spacing_mm for n in rgb.shape[:2])
        tiles = tiles_of(rgb)
        data.NumberOfFrames = len(tiles)
        if jpeg2000:
            how = {'level': 0, 'codecformat': 'j2k', 'reversible': True, 'mct': False}
            data.PixelData = encapsulate([imagecodecs.jpeg2k_encode(tile, **how) for tile in tiles])
        else:
            data.PixelData = tiles.tobytes()
        data['PixelData'].VR = 'OB'
        pydicom.dcmwrite(path, data, enforce_file_format=True)

    return write
