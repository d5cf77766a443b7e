"""What the OME-XML of a TIFF says: its images, their channels, and where each plane lies.

Source: the OME-TIFF specification, https://ome-model.readthedocs.io/en/stable/ome-tiff/. A set may
be spread over files; each of them carries the description of all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from xml.etree import ElementTree

from mmnuc.images.limits import MOST_CHANNELS

# Planes of one image; a screen of a day has fewer. A file can claim any number.
MOST_PLANES = 1_000_000


@dataclass(frozen=True)
class OmePlane:
    """Where a plane lies.

    Args:
        file: Name of the file; '' for the file that says so itself.
        ifd: Number of the page in it, counted from 0.
    """

    file: str
    ifd: int


@dataclass(frozen=True)
class OmeImage:
    """One image of the description.

    Args:
        index: Its number in the description, counted from 0.
        name: What it is called.
        channels: Names of the channels, '' for those without.
        sizes: Number of channels as planes, of focal planes and of time points: C, Z, T.
        planes: Where each plane (c, z, t) lies.
    """

    index: int
    name: str
    channels: tuple[str, ...]
    sizes: tuple[int, int, int]
    planes: dict[tuple[int, int, int], OmePlane]


class _Where:
    """The file that carries a description, and how many planes are still believed.

    Args:
        own: The UUID of the file.
        name: Its name.
        pages_of: How many pages a file has at most, by its name.
    """

    def __init__(self, own: str | None, name: str, pages_of: Callable[[str], int]) -> None:
        self.own, self.name, self.pages_of = own, name, pages_of
        # Running out of it is what read_ome answers.
        self.allowed = iter(range(MOST_PLANES))


def read_ome(
    text: str, own_name: str, pages_of: Callable[[str], int] = lambda _: MOST_PLANES
) -> list[OmeImage]:
    """Read the images of a description.

    Args:
        text: OME-XML.
        own_name: Name of the file that carries it.
        pages_of: How many pages a file has at most, by its name; planes beyond are left out. Its
            own name is ''. Of a file that is not there a plane is kept, to name it.

    Returns:
        The images; none where the text is no OME-XML, or leaves the planes to another file.

    Example:
        >>> [image] = read_ome('<OME><Image Name="scan"><Pixels DimensionOrder="XYZCT" SizeZ="1" '
        ...                    'SizeC="2" SizeT="1"><Channel Name="DAPI"/><Channel/><TiffData/>'
        ...                    '</Pixels></Image></OME>', 'a.ome.tif')
        >>> image.name, image.channels, image.planes[1, 0, 0]
        ('scan', ('DAPI', ''), OmePlane(file='', ifd=1))
    """
    # Entities are none of what a microscope writes.
    if ('<OME' not in text and ':OME' not in text) or '<!' in text.replace('<!--', ''):
        return []
    try:
        root = ElementTree.fromstring(text)
        own = root.get('UUID')
        images = [one for one in root if _tag(one) == 'Image']
        where = _Where(own, own_name, pages_of)
        return [_image(i, one, where) for i, one in enumerate(images) if _pixels(one)]
    except (ElementTree.ParseError, ValueError, KeyError, StopIteration):
        return []


def metadata_file(text: str) -> str:
    """Name of the file that a description leaves its planes to; '' if it does not.

    Example:
        >>> metadata_file('<OME><BinaryOnly MetadataFile="a.companion.ome"/></OME>')
        'a.companion.ome'
    """
    if 'BinaryOnly' not in text or '<!' in text.replace('<!--', ''):
        return ''
    try:
        found = [one for one in ElementTree.fromstring(text) if _tag(one) == 'BinaryOnly']
    except ElementTree.ParseError:
        return ''
    return found[0].get('MetadataFile', '') if found else ''


def _tag(element: ElementTree.Element) -> str:
    return str(element.tag).rpartition('}')[2]


def _pixels(image: ElementTree.Element) -> list[ElementTree.Element]:
    return [one for one in image if _tag(one) == 'Pixels']


def _image(index: int, image: ElementTree.Element, where: _Where) -> OmeImage:
    pixels = _pixels(image)[0]
    channels = [one for one in pixels if _tag(one) == 'Channel']
    samples = int(channels[0].get('SamplesPerPixel', 1)) if channels else 1
    count = int(pixels.get('SizeC', 1))
    sizes = {
        'C': max(1, count // samples),
        'Z': int(pixels.get('SizeZ', 1)),
        'T': int(pixels.get('SizeT', 1)),
    }
    total = sizes['C'] * sizes['Z'] * sizes['T']
    if not 0 < total <= MOST_PLANES or sizes['C'] > MOST_CHANNELS:
        raise ValueError(f'sizes {sizes}')
    # Names of the samples of a colour are none of channels.
    names = [one.get('Name') or one.get('Fluor') or '' for one in channels][: sizes['C']]
    names += [''] * (sizes['C'] - len(names))
    planes: dict[tuple[int, int, int], OmePlane] = {}
    for data in pixels:
        if _tag(data) == 'TiffData':
            for at, plane in _planes(data, pixels.get('DimensionOrder', 'XYZCT'), sizes, where):
                planes[at] = plane
                next(where.allowed)
    of_all = (sizes['C'], sizes['Z'], sizes['T'])
    return OmeImage(index, image.get('Name', ''), tuple(names), of_all, planes)


def _planes(
    data: ElementTree.Element, order: str, sizes: dict[str, int], where: _Where
) -> Iterator[tuple[tuple[int, int, int], OmePlane]]:
    """Planes of one TiffData: a run of pages from the plane that it names on."""
    file = next((_file(one, where.own, where.name) for one in data if _tag(one) == 'UUID'), '')
    axes = order[2:]  # the first changes fastest
    if sorted(axes) != ['C', 'T', 'Z']:
        raise ValueError(f'order {order}')
    lengths = [sizes[axis] for axis in axes]
    steps = [1, lengths[0], lengths[0] * lengths[1]]
    first = [int(data.get(f'First{axis}', 0)) for axis in axes]
    if not all(0 <= at < length for at, length in zip(first, lengths, strict=True)):
        return
    start = sum(at * step for at, step in zip(first, steps, strict=True))
    rest = lengths[0] * lengths[1] * lengths[2] - start
    count = int(data.get('PlaneCount', data.get('NumPlanes', 1 if 'IFD' in data.attrib else 0)))
    ifd = int(data.get('IFD', 0))
    pages = where.pages_of(file)
    rest = min(rest, pages - ifd) if pages else 1
    for offset in range(min(count, rest) if count > 0 else rest):
        at = {
            axis: (start + offset) // step % length
            for axis, step, length in zip(axes, steps, lengths, strict=True)
        }
        yield (at['C'], at['Z'], at['T']), OmePlane(file, ifd + offset)


def _file(uuid: ElementTree.Element, own: str | None, own_name: str) -> str:
    """Name of the file that a UUID means; '' for the file that names it."""
    name = uuid.get('FileName', '')
    is_own = name.lower() == own_name.lower() if name else False
    same = own is not None and (uuid.text or '').strip() == own
    return '' if is_own or same or not name else name
