"""OpenCV: several distributions unpack into one folder, and the last one wins."""

import base64
import hashlib
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from mmnuc.doctor.check_result import SET_UP, CheckResult

HEADLESS = 'opencv-contrib-python-headless'
DISTRIBUTIONS = (
    'opencv-python',
    'opencv-python-headless',
    'opencv-contrib-python',
    HEADLESS,
)


def opencv() -> Iterator[CheckResult]:
    """Does cv2 load, from distributions of one version, and without libGL?"""
    versions = {name: version for name in DISTRIBUTIONS if (version := _version(name)) is not None}
    if not versions:
        yield CheckResult('opencv', False, 'not installed', SET_UP)
        return
    wanted = versions.get(HEADLESS, max(versions.values()))
    remedy = f'pip install --force-reinstall --no-deps {HEADLESS}=={wanted}'
    if len(set(versions.values())) > 1:
        listing = ', '.join(f'{name} {version}' for name, version in versions.items())
        yield CheckResult('opencv', False, f'versions are mixed in one folder: {listing}', SET_UP)
        return
    owner = next((name for name in versions if _is_on_disk(name)), None)
    error = _import_error()
    if error:
        yield CheckResult('opencv', False, f'import cv2 fails: {error}', remedy)
    elif owner is None:
        yield CheckResult('opencv', False, 'no distribution owns the file that is loaded', remedy)
    else:
        # Only Linux's other builds link to libGL.
        portable = sys.platform != 'linux' or owner.endswith('headless')
        words = f'{wanted}, from {owner} ({len(versions)} distributions)'
        yield CheckResult(
            'opencv', portable, f'{words}, {"no" if portable else "needs"} libGL', remedy
        )


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _is_on_disk(name: str) -> bool:
    """Whether the binary in the folder cv2 is this distribution's."""
    for file in metadata.files(name) or []:
        if file.parent.name == 'cv2' and file.suffix in ('.so', '.pyd') and file.hash:
            path = Path(str(file.locate()))
            return path.is_file() and _sha256(path) == file.hash.value
    return False


def _sha256(path: Path) -> str:
    """The digest as wheels write it: URL-safe base64 without padding."""
    digest = hashlib.sha256(path.read_bytes()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b'=').decode()


def _import_error() -> str:
    try:
        import cv2  # noqa: F401
    except (ImportError, OSError) as error:
        return str(error)
    return ''
