"""Put the configs and the light weights into the wheel; pyproject.toml says the rest.

In a checkout they lie beside the package, where MMDetection's users look for them; in a wheel
inside of it: `mmnuc.resources.folder_of` finds them in both.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parent
# Published models alone: weights/ also takes what a user fetched. MANIFEST.in has the same list.
CARRIED = [
    'configs/**/*.py',
    'configs/**/*.md',
    'weights/README.md',
    'weights/LICENSES/*.txt',
    *(
        f'weights/{name}_*.{suffix}'
        for name in ('histology', 'fluorescence')
        for suffix in ('safetensors', 'py', 'md')
    ),
]


def carried() -> Iterator[Path]:
    """The files that the wheel takes along, relative to the checkout."""
    for pattern in CARRIED:
        yield from (path.relative_to(ROOT) for path in sorted(ROOT.glob(pattern)))


class BuildWithFolders(build_py):
    """Build the package with its folders ``configs`` and ``weights``."""

    def run(self) -> None:
        """Build; an editable install finds the folders where they are."""
        if self.editable_mode:
            super().run()
            return
        package = Path(self.build_lib) / 'mmnuc'
        shutil.rmtree(package, ignore_errors=True)  # what an earlier build left
        super().run()
        for path in carried():
            (package / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / path, package / path)

    def get_outputs(self, include_bytecode: bool = True) -> list[str]:
        """List what is built."""
        built = super().get_outputs(include_bytecode)
        if self.editable_mode:
            return built
        return [*built, *(str(Path(self.build_lib) / 'mmnuc' / path) for path in carried())]


setup(cmdclass={'build_py': BuildWithFolders})
