"""Many images in, files of every format out, past what is broken and on from where it stopped."""

import errno
import json
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pandas
import pytest
import tifffile
from pycocotools.coco import COCO

from mmnuc.apis.predict import Prediction, Reading, predict, predict_with, summary
from mmnuc.cli.main import main
from mmnuc.errors import UserError
from mmnuc.export import FORMATS
from mmnuc.images import OpenImage
from mmnuc.images.options import ReadOptions
from mmnuc.images.pixel_size import PixelSize
from mmnuc.images.pixel_size_table import PixelSizeTable
from mmnuc.inference.scale import Found, ReadingScale
from mmnuc.ops.codecs.label_map import label_map_to_crops
from mmnuc.structures import Nuclei

SQUARES = ((2, 3), (12, 14), (5, 20))


def draw(path: Path, squares: int = 3) -> None:
    """White with so many black squares of 4 pixels."""
    image = np.full((24, 30, 3), 255, np.uint8)
    for y, x in SQUARES[:squares]:
        image[y : y + 4, x : x + 4] = 0
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), image)


class Finder:
    """Takes what is dark for nuclei, and counts how often it is loaded and asked."""

    def __init__(self) -> None:
        self.loaded = self.asked = 0

    def load(self) -> Callable[[OpenImage], Found]:
        self.loaded += 1
        return self.find

    def find(self, image: OpenImage) -> Found:
        self.asked += 1
        dark = image.read(0, 0, image.width, image.height)[..., 0] < 128
        crops = label_map_to_crops(cv2.connectedComponents(dark.astype(np.uint8))[1])[0]
        return Found(Nuclei.of_crops(crops))


@pytest.fixture
def finder() -> Finder:
    return Finder()


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """A folder with three good images, one broken, and foreign files."""
    folder = tmp_path / 'images'
    for count, name in enumerate(('a.png', 'deep/b.png', 'c.tif'), start=1):
        draw(folder / name, count)
    (folder / 'bad.png').write_bytes(b'no image')
    (folder / 'notes.txt').write_text('foreign')
    (folder / '.hidden.png').write_bytes(b'hidden')
    return folder


def test_all_formats_of_a_folder(
    images: Path, tmp_path: Path, finder: Finder, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / 'out'
    result = predict_with(finder.load, [images], out, list(FORMATS))
    assert {Path(path).name for path in result.written} == {'a.png', 'b.png', 'c.tif'}
    assert list(result.bad) == [str(images / 'bad.png')]
    for name, count in (('a', 1), ('deep/b', 2), ('c', 3)):
        assert tifffile.imread(out / f'{name}.labels.tif').max() == count
        assert cv2.imread(str(out / f'{name}.labels.png'), cv2.IMREAD_UNCHANGED).max() == count
        assert len(json.loads((out / f'{name}.geojson').read_text())['features']) == count
        frame = pandas.read_csv(out / f'{name}.csv')
        assert frame['mean_red'].tolist() == [0] * count
        assert len(pandas.read_parquet(out / f'{name}.parquet')) == count
        assert (out / f'{name}.overlay.png').is_file()
    coco = COCO(str(out / 'nuclei.coco.json'))
    names = {image['file_name']: len(coco.getAnnIds(i)) for i, image in coco.imgs.items()}
    assert names == {'a.png': 1, 'c.tif': 3, 'deep/b.png': 2}
    assert sorted(coco.anns) == [1, 2, 3, 4, 5, 6]
    assert all(np.sum(coco.annToMask(entry)) == 16 for entry in coco.anns.values())
    lines = (out / 'nuclei.dsb.csv').read_text().splitlines()
    assert [line.partition(',')[0] for line in lines] == ['ImageId', 'a', *'ccc', *'bb']
    said = capsys.readouterr().out
    assert '1 file is no image by its suffix: notes.txt' in said
    assert 'bad.png is no image' in said
    assert finder.loaded == 1


def test_resume_does_what_is_missing(images: Path, tmp_path: Path, finder: Finder) -> None:
    out, formats = tmp_path / 'out', ['geojson', 'coco']
    settings = {'score_threshold': 0.5}
    predict_with(finder.load, [images], out, formats, settings=settings)
    first = (out / 'nuclei.coco.json').read_text()
    (out / 'c.geojson').unlink()
    draw(images / 'bad.png')
    finder.asked = 0
    result = predict_with(finder.load, [images], out, formats, resume=True, settings=settings)
    assert (finder.asked, result.resumed, result.bad) == (2, 2, {})
    assert (out / 'c.geojson').is_file()
    assert len(json.loads((out / 'nuclei.coco.json').read_text())['images']) == 4
    assert len(json.loads(first)['images']) == 3
    finder.loaded = 0
    again = predict_with(finder.load, [images], out, formats, resume=True, settings=settings)
    assert (finder.loaded, again.resumed) == (0, 4)


def test_without_resume_all_is_done_again(images: Path, tmp_path: Path, finder: Finder) -> None:
    for _ in range(2):
        predict_with(finder.load, [images / 'a.png'], tmp_path / 'out', ['csv'])
    assert finder.asked == 2


def test_resume_refuses_other_settings(images: Path, tmp_path: Path, finder: Finder) -> None:
    predict_with(finder.load, [images], tmp_path / 'out', ['csv'], settings={'tile': 512})
    with pytest.raises(UserError, match='was made with tile 512, not 256'):
        predict_with(
            finder.load, [images], tmp_path / 'out', ['csv'], resume=True, settings={'tile': 256}
        )


def test_files_and_globs_each_once(images: Path, tmp_path: Path, finder: Finder) -> None:
    given = [images / 'a.png', str(images / '**/*.png'), images / 'a.png']
    result = predict_with(finder.load, given, tmp_path / 'out', ['csv'])
    assert sorted(Path(path).name for path in result.written) == ['a.png', 'b.png']
    assert (tmp_path / 'out' / 'b.csv').is_file()


def test_a_named_file_of_any_suffix_is_tried(images: Path, tmp_path: Path, finder: Finder) -> None:
    (images / 'a.png').rename(images / 'a.scan')
    result = predict_with(finder.load, [images / 'a.scan'], tmp_path / 'out', ['csv'])
    assert len(result.written) == 1


def test_results_inside_of_the_input_are_no_input(images: Path, finder: Finder) -> None:
    out = images / 'out'
    for _ in range(2):
        result = predict_with(finder.load, [images], out, ['overlay', 'tiff'])
        assert len(result.written) == 3


def test_names_that_differ_in_the_suffix_only(tmp_path: Path, finder: Finder) -> None:
    for name in ('a.png', 'a.bmp', 'b.png'):
        draw(tmp_path / 'in' / name)
    predict_with(finder.load, [tmp_path / 'in'], tmp_path / 'out', ['csv'])
    found = sorted(path.name for path in (tmp_path / 'out').glob('*.csv'))
    assert found == ['a.bmp.csv', 'a.png.csv', 'b.csv']


def test_the_same_name_in_two_folders(tmp_path: Path, finder: Finder) -> None:
    draw(tmp_path / 'x' / 'a.png')
    draw(tmp_path / 'y' / 'a.png')
    with pytest.raises(UserError, match=r'would both be called a\.png'):
        predict_with(finder.load, [tmp_path / 'x', tmp_path / 'y'], tmp_path / 'out', ['csv'])
    result = predict_with(finder.load, [tmp_path], tmp_path / 'out', ['csv'])
    assert len(result.written) == 2


BAD_INPUTS = {
    'nothing there': (['none.png'], ['csv'], 'no such file or folder: .*none.png'),
    'nothing matches': (['*.jpg'], ['csv'], 'nothing matches'),
    'no images': (['empty'], ['csv'], 'no images in'),
    'format': (['a.png'], ['qupath'], "no format 'qupath'; there are coco"),
    'no format': (['a.png'], [], 'name a format: coco'),
}


@pytest.mark.parametrize(('given', 'formats', 'words'), BAD_INPUTS.values(), ids=BAD_INPUTS)
def test_bad_input(
    tmp_path: Path, finder: Finder, given: list[str], formats: list[str], words: str
) -> None:
    draw(tmp_path / 'a.png')
    (tmp_path / 'empty').mkdir()
    with pytest.raises(UserError, match=words):
        predict_with(finder.load, [tmp_path / name for name in given], tmp_path / 'out', formats)
    assert finder.loaded == 0


def test_an_image_that_the_finder_can_not_do(images: Path, tmp_path: Path, finder: Finder) -> None:
    def load() -> Callable[[OpenImage], Found]:
        def find(image: OpenImage) -> Found:
            if finder.asked == 0:
                finder.asked += 1
                raise RuntimeError('out of memory')
            return finder.find(image)

        return find

    (images / 'bad.png').unlink()
    result = predict_with(load, [images], tmp_path / 'out', ['csv'])
    assert list(result.bad.values()) == ['RuntimeError: out of memory']
    assert len(result.written) == 2


def test_a_full_disk_ends_it(images: Path, tmp_path: Path) -> None:
    def find(_: OpenImage) -> Found:
        raise OSError(errno.ENOSPC, 'No space left on device')

    with pytest.raises(OSError, match='No space'):
        predict_with(lambda: find, [images], tmp_path / 'out', ['csv'])


def test_summary_lists_the_bad_ones_at_the_end() -> None:
    result = Prediction({'a': [], 'b': []}, 1, {'c.png': 'c.png is no image'})
    assert summary(result, 'out').splitlines() == [
        '2 images done, in out (1 of them before)',
        '1 bad image:',
        '  c.png: c.png is no image',
    ]


class FakeApi:
    """In place of a trained model: keeps what it was called with."""

    def __init__(self) -> None:
        self.calls: list[dict] = []

    def load(self, *args: object, fast: bool | None, trust: bool) -> str:
        assert not trust
        self.calls.append({'load': args, 'fast': fast})
        return 'model'

    def find(self, image: OpenImage, model: str, score_threshold: float, **how: object) -> Found:
        self.calls.append({'model': model, 'score_threshold': score_threshold, **how})
        found = Finder().find(image).nuclei
        scored = Nuclei.of_crops(found.crops, np.linspace(0.2, 0.9, len(found)))
        scale = (
            ReadingScale(taken_as=0.25)
            if how.get('diameter') is None
            else ReadingScale(about='enlarged')
        )
        return Found(scored.filter(score_threshold=score_threshold), scale)


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> FakeApi:
    fake = FakeApi()
    monkeypatch.setattr('mmnuc.apis.models.load', fake.load)
    monkeypatch.setattr('mmnuc.apis.segmentation.find', fake.find)
    return fake


def test_the_model_gets_what_was_asked(images: Path, tmp_path: Path, api: FakeApi) -> None:
    how = {'tile': 512, 'overlap': 64, 'batch_size': 2, 'tta': True, 'diameter': 9.0}
    experiment = {'config': 'c.py', 'checkpoint': 'w.pth', 'device': 'cpu'}
    predict([images / 'c.tif'], tmp_path / 'out', ['csv'], **experiment, **how, pixel_size=0.5)
    load, segment = api.calls
    assert load == {'load': ('c.py', 'w.pth', 'cpu'), 'fast': None}
    asked = {'model': 'model', 'score_threshold': 0.5, 'progress': sys.stderr.isatty()}
    assert segment == asked | how
    assert pandas.read_csv(tmp_path / 'out' / 'c.csv')['score'].min() >= 0.5
    settings = json.loads((tmp_path / 'out' / 'predict.json').read_text())
    assert (settings['tile'], settings['score_threshold']) == (512, 0.5)
    assert (settings['diameter'], settings['pixel_size']) == (9.0, [0.5, 0.5])


class Described:
    """An image that says of itself what was read."""

    height, width, closed = 24, 30, 0

    def __init__(self, path: Path, options: ReadOptions) -> None:
        self.description = f'{path.name}: series {options.series} of 3'
        self.pixel_size = options.pixel_size

    def read(self, x1: int, y1: int, x2: int, y2: int) -> np.ndarray:
        return np.full((y2 - y1, x2 - x1, 3), 255, np.uint8)

    def close(self) -> None:
        Described.closed += 1


def test_what_was_read_is_said_and_noted(
    images: Path,
    tmp_path: Path,
    api: FakeApi,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr('mmnuc.apis.predict.open_image', Described)
    (tmp_path / 'sizes.csv').write_text('image,pixel_size\na,0.5\n')
    seen = []
    inputs = [str(images / 'a.png'), str(images / 'c.tif'), '--out', str(tmp_path / 'out')]
    inputs += ['--config', 'c.py', '--checkpoint', 'w.pth', '--series', '2']
    inputs += ['--pixel-size', '0.3,0.4', '--pixel-sizes', str(tmp_path / 'sizes.csv')]
    monkeypatch.setattr(
        'mmnuc.apis.segmentation.find',
        lambda image, **how: seen.append(image.pixel_size) or api.find(image, **how),
    )
    assert main(['predict', *inputs, '--diameter', '9']) == 0
    assert seen == [PixelSize(0.5, 0.5), PixelSize(0.3, 0.4)]
    said = capsys.readouterr().out.splitlines()
    assert said[0] == 'a.png: series 2 of 3'
    assert said[1].startswith(f'[1/2] {images / "a.png"}: 0 nuclei, ')
    assert said[1].endswith(' s, enlarged')
    assert not [line for line in said if 'unknown' in line]
    note = json.loads((tmp_path / 'out' / 'a.geojson').read_text())['description']
    assert note == 'a.png: series 2 of 3; enlarged'
    assert Described.closed == 2
    for other in (['--series', '1'], ['--diameter', '8'], ['--pixel-size', '0.3']):
        with pytest.raises(UserError, match='was made with'):
            main(['predict', *inputs, '--diameter', '9', *other, '--resume'])


@pytest.mark.usefixtures('api')
def test_sizes_that_are_not_known_are_said_once(
    images: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (images / 'bad.png').unlink()
    arguments = ['--out', str(tmp_path / 'out'), '--config', 'c.py', '--checkpoint', 'w.pth']
    assert main(['predict', str(images), *arguments]) == 0
    said = capsys.readouterr().out
    assert said.count('pixel size unknown for') == 1
    assert (
        "pixel size unknown for 3 images: taken as the model's 0.25 µm; --pixel-size or --diameter "
        'sets it'
    ) in said


@pytest.mark.usefixtures('api')
def test_the_tool(
    images: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    arguments = ['--out', str(tmp_path / 'out'), '--format', 'geojson', 'csv', '--score-thr', '0.1']
    arguments += ['--config', 'c.py', '--checkpoint', 'w.pth']
    assert main(['predict', str(images), *arguments]) == 1
    assert capsys.readouterr().out.splitlines()[-2] == '1 bad image:'
    (images / 'bad.png').unlink()
    assert main(['predict', str(images), *arguments, '--resume']) == 0
    assert '(3 of them before)' in capsys.readouterr().out
    assert len(pandas.read_csv(tmp_path / 'out' / 'c.csv')) == 3


@pytest.mark.parametrize('content', [b'{', b'[1]', b'3', b'\xff\xfe', b''])
def test_settings_that_can_not_be_read_are_not_resumed(
    images: Path, tmp_path: Path, finder: Finder, content: bytes
) -> None:
    (tmp_path / 'out').mkdir()
    (tmp_path / 'out' / 'predict.json').write_bytes(content)
    with pytest.raises(UserError, match=r'predict\.json does not say what was done before'):
        predict_with(finder.load, [images], tmp_path / 'out', ['geojson'], resume=True)
    assert finder.loaded == 0


@pytest.mark.parametrize('name', ['file', 'file/below', 'file/far/below'])
def test_results_in_a_file_are_refused_at_once(
    images: Path, tmp_path: Path, finder: Finder, name: str
) -> None:
    (tmp_path / 'file').write_text('mine')
    with pytest.raises(UserError, match=r'can not be written into .*file is a file'):
        predict_with(finder.load, [images], tmp_path / name, ['geojson'])
    assert finder.loaded == 0


def test_a_table_of_sizes_is_compared_with_the_images(
    images: Path, tmp_path: Path, finder: Finder, capsys: pytest.CaptureFixture[str]
) -> None:
    half = PixelSize(0.5, 0.5)
    table = PixelSizeTable({'a.png': half, 'B.PNG': half}, 't.csv')
    how = {'reading': Reading(pixel_sizes=table)}
    predict_with(finder.load, [images], tmp_path / 'out', ['geojson'], **how)
    assert 't.csv has 1 name of no image here: B.PNG' in capsys.readouterr().out
    how = {'reading': Reading(pixel_sizes=PixelSizeTable({'B.PNG': half}, 't.csv'))}
    with pytest.raises(UserError, match=r't\.csv has the size of none of the images'):
        predict_with(finder.load, [images], tmp_path / 'out', ['geojson'], **how)


NONSENSE = {
    'a score above 1': ('--score-thr', '50', 'a confidence from 0 to 1, not 50'),
    'no tile': ('--tile', '0', '--tile takes pixels above 0, not 0'),
    'no channel': ('--channel', ' ', '--channel takes a name or a number'),
}


@pytest.mark.usefixtures('api')
@pytest.mark.parametrize(('option', 'value', 'words'), NONSENSE.values(), ids=NONSENSE)
def test_nonsense_is_refused_before_anything_is_done(
    images: Path, tmp_path: Path, option: str, value: str, words: str
) -> None:
    with pytest.raises(UserError, match=words):
        main(['predict', str(images), '--out', str(tmp_path / 'out'), option, value])
    assert not (tmp_path / 'out').exists()
