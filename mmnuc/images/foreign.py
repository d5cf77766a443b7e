"""Files that are no pictures, or of formats that are not read: what they are, and what to do."""

from __future__ import annotations

from mmnuc.images.source import Source

_AS_OME = 'save it as OME-TIFF, with Fiji or QuPath'
_AS_PNG = 'save it as PNG or TIFF'
# First bytes, where they stand, what they mean and what to do.
_FORMATS: tuple[tuple[bytes, int, str, str], ...] = (
    (b'ZISRAWFILE', 0, 'a Zeiss CZI file', _AS_OME),
    (b'\xda\xce\xbe\x0a', 0, 'a Nikon ND2 file', _AS_OME),
    (b'\x70\0\0\0', 0, 'a Leica LIF file', _AS_OME),
    (
        b'SIS\0',
        0,
        'an Olympus ETS file',
        'save the VSI that it belongs to as OME-TIFF, with Fiji or QuPath',
    ),
    (b'\xd0\xcf\x11\xe0', 0, 'a compound file, such as Olympus OIB or Zeiss ZVI', _AS_OME),
    (b'\0\0\0\3\0\0', 0, 'a DigitalMicrograph file', _AS_OME),
    (b'DICM', 128, 'a DICOM file without an image that is read', _AS_PNG),
    (b'\x89HDF', 0, 'an HDF5 file, such as Imaris IMS', _AS_OME),
    (b'n+1\0', 344, 'a NIfTI volume', 'save the plane wanted as TIFF'),
    (b'ni1\0', 344, 'a NIfTI volume', 'save the plane wanted as TIFF'),
    (b'\x1f\x8b', 0, 'a file compressed with gzip', 'unpack it first'),
    (b'PK\3\4', 0, 'a zip archive', 'unpack it first'),
    (b"7z\xbc\xaf'\x1c", 0, 'a 7z archive', 'unpack it first'),
    (b'Rar!', 0, 'a RAR archive', 'unpack it first'),
    (b'%PDF', 0, 'a PDF document', 'export its picture as PNG or TIFF'),
    (b'%!PS', 0, 'a PostScript document', 'export its picture as PNG or TIFF'),
    (b'ftyphei', 4, 'a HEIC photograph', _AS_PNG),
    (b'ftypmif1', 4, 'a HEIF photograph', _AS_PNG),
    (b'ftyp', 4, 'a film or another container', 'save a picture of it as PNG or TIFF'),
    (b'\xff\x0a', 0, 'a JPEG XL image', _AS_PNG),
    (b'\0\0\0\x0cJXL ', 0, 'a JPEG XL image', _AS_PNG),
    (b'gimp xcf', 0, 'a GIMP document', _AS_PNG),
    (b'v/1\1', 0, 'an OpenEXR image', _AS_PNG),
    (b'SIMPLE  =', 0, 'a FITS image', _AS_PNG),
    (b'Iout', 0, 'an ImageJ ROI', 'it has outlines, no pixels'),
    (b'MATLAB 5.0 MAT-file', 0, 'a MATLAB file', 'save its array as .npy or TIFF'),
    (
        b'version https://git-lfs',
        0,
        'a pointer of Git LFS, not the file itself',
        'run git lfs pull',
    ),
    (b'/annex/objects', 0, 'a pointer of git-annex, not the file itself', 'run git annex get'),
)
# Of text: what its start holds.
_TEXTS = (
    (b'<!doctype html', 'a web page (HTML)', 'the download went wrong: get the file again'),
    (b'<html', 'a web page (HTML)', 'the download went wrong: get the file again'),
    (b'<svg', 'an SVG drawing', 'export it as PNG'),
    (b'<?xml', 'an XML file', 'give the image that belongs to it'),
    (b'<', 'an XML file', 'give the image that belongs to it'),
    (b'{', 'a JSON file', 'give the images that belong to it'),
    (b'[', 'a JSON file', 'give the images that belong to it'),
)


def foreign_format(source: Source) -> str | None:
    """Tell a file that is not read, and what to do with it.

    Args:
        source: The file.

    Returns:
        Words that go on from the file's name; None if it may be a picture.

    Example:
        >>> foreign_format(Source('a.png', data=b'  <!DOCTYPE html><title>404'))
        'is a web page (HTML): the download went wrong: get the file again'
        >>> foreign_format(Source('a.png', data=b'\\x89PNG')) is None
        True
    """
    start = source.start
    for magic, at, what, remedy in _FORMATS:
        if start[at : at + len(magic)] == magic and not (magic == b'ftyp' and _is_avif(start)):
            return f'is {what}: {remedy}'
    text = start.removeprefix(b'\xef\xbb\xbf').lstrip().lower()
    if b'<svg' in text[:1000] and text.startswith(b'<'):
        return 'is an SVG drawing: export it as PNG'
    for beginning, what, remedy in _TEXTS:
        if text.startswith(beginning):
            return f'is {what}: {remedy}'
    return None


def holds_only_a_preview(source: Source) -> str | None:
    """Tell files that general readers take for pictures, though their pixels lie elsewhere.

    Args:
        source: The file.

    Returns:
        Words that go on from the file's name; None for all others.

    Example:
        >>> holds_only_a_preview(Source('a.nd2', data=b'\\0\\0\\0\\x0cjP  '))
        'is a Nikon ND2 file: save it as OME-TIFF, with Fiji or QuPath'
    """
    if source.suffix == '.vsi' and source.start.startswith((b'II', b'MM')):
        return f'is an Olympus VSI file, its pixels are in .ets files: {_AS_OME}'
    if source.suffix == '.nd2' and source.start.startswith(b'\0\0\0\x0cjP'):
        return f'is a Nikon ND2 file: {_AS_OME}'
    return None


def _is_avif(start: bytes) -> bool:
    return start[8:12] in (b'avif', b'avis')
