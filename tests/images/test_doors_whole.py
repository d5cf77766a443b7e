"""A data set of one image of every kind, taken through everything that reads images."""

import base64
import json
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.runner import Runner

from mmnuc.apis.predict import predict_with
from mmnuc.apis.report import report
from mmnuc.apis.segmentation import find
from mmnuc.converters.image import read_image as convert_image
from mmnuc.converters.source import File
from mmnuc.engine.hooks.segment import SegmentHook, WholeImages
from mmnuc.images import PixelSize, ReadOptions, open_image, read_image
from mmnuc.images.reading import Reading
from mmnuc.structures import Nuclei
from mmnuc.visualization.browse import browse_dataset, build_dataset
from mmnuc.visualization.panels import Look

Make = Callable[[str, Path], Path]


class World:
    """A data set of one image of each kind, each with a square annotated, and predicted as it is.

    Attributes:
        root: Its folder.
        wanted: The pixels of each image by its name.
        files: The images by their kind.
    """

    def __init__(self, root: Path, kinds: tuple[str, ...], make_kind: Make) -> None:
        self.root, self.images = root, root / 'images'
        self.images.mkdir()
        self.wanted: dict[str, np.ndarray] = {}
        self.files: dict[str, Path] = {}
        for number, kind in enumerate(kinds):
            path = self.files[kind] = make_kind(kind, self.images / f'k{number:02}')
            image = open_image(path)
            self.wanted[path.name] = image.read(0, 0, image.width, image.height)
            image.close()
        square = {'segmentation': [[2, 2, 8, 2, 8, 8, 2, 8]], 'bbox': [2, 2, 6, 6], 'area': 36}
        square |= {'category_id': 1, 'iscrowd': 0}
        ids = list(enumerate(self.wanted, 1))
        content = {
            'images': [
                dict(zip(('height', 'width'), self.wanted[name].shape[:2], strict=True))
                | {'id': number, 'file_name': name}
                for number, name in ids
            ],
            'annotations': [{'id': i, 'image_id': i, **square} for i, _ in ids],
            'categories': [{'id': 1, 'name': 'nucleus'}],
        }
        results = [{'image_id': i, 'score': 0.9, **square} for i, _ in ids]
        (root / 'all.json').write_text(json.dumps(content))
        (root / 'results.json').write_text(json.dumps(results))

    def check(self, seen: dict[str, np.ndarray]) -> None:
        assert set(seen) == set(self.wanted)
        different = [
            name for name, want in self.wanted.items() if not np.array_equal(seen[name], want)
        ]
        assert different == []

    def config(self, **reading: Any) -> Config:
        loading = {'type': 'mmnuc.LoadNucleiImage', **reading}
        annotations = {'type': 'mmnuc.LoadNucleiAnnotations', 'with_bbox': True, 'with_mask': True}
        dataset = {
            'type': 'mmnuc.NucleiDataset',
            'data_root': str(self.root),
            'ann_file': 'all.json',
            'data_prefix': {'img': 'images/'},
            'pipeline': [loading, annotations, {'type': 'PackDetInputs'}],
        }
        loader = {'batch_size': 1, 'num_workers': 0, 'dataset': dataset}
        loader['sampler'] = {'type': 'DefaultSampler', 'shuffle': False}
        return Config({'default_scope': 'mmdet', 'train_dataloader': loader})


@pytest.fixture(scope='module')
def world(
    tmp_path_factory: pytest.TempPathFactory, kinds: tuple[str, ...], make_kind: Make
) -> World:
    return World(tmp_path_factory.mktemp('world'), kinds, make_kind)


class Recorder:
    """A model that keeps the tiles it sees, and finds nothing."""

    def __init__(self) -> None:
        self.seen: list[np.ndarray] = []

    def __call__(self, tiles: list[np.ndarray]) -> list[Nuclei]:
        self.seen += [tile.copy() for tile in tiles]
        return [Nuclei.from_label_map(np.zeros(tile.shape[:2], int)) for tile in tiles]


def test_prediction_sees_them(world: World, tmp_path: Path, capsys) -> None:
    """From the folder to the exports, by the function that finds and by tiles."""
    model = Recorder()
    result = predict_with(lambda: partial(find, model=model), [world.images], tmp_path, ['geojson'])
    assert result.bad == {}
    names = [Path(name).name for name in result.written]
    world.check(dict(zip(names, model.seen, strict=True)))
    said = capsys.readouterr().out
    assert all(f'{name}: ' in said for name in names)
    assert all(path.is_file() for files in result.written.values() for path in files)


def test_training_sees_them(world: World) -> None:
    init_default_scope('mmdet')
    loader = Runner.build_dataloader(world.config().train_dataloader)
    seen = {}
    for batch in loader:
        name = Path(batch['data_samples'][0].img_path).name
        seen[name] = batch['inputs'][0].numpy().transpose(1, 2, 0)[..., ::-1]
        assert len(batch['data_samples'][0].gt_instances) == 1
    world.check(seen)


def test_browsing_shows_them(world: World, tmp_path: Path) -> None:
    look = Look(scale=1, brighten=False)
    written = browse_dataset(world.config(), 'train', tmp_path, look=look)
    assert len(written) == len(world.wanted) + 1
    for path, (name, want) in zip(written[:-1], world.wanted.items(), strict=True):
        assert path.name == f'{Path(name).stem}.png'
        picture = cv2.imread(str(path))[-want.shape[0] :, :, ::-1]
        assert picture.shape == want.shape
        # The outline is all that is drawn on it.
        assert np.array_equal(picture[12:], want[12:])


@pytest.mark.parametrize('settings', [{}, {'tile': 1024, 'overlap': 8}, {'pixel_size': 'auto'}])
def test_tests_see_them(world: World, settings: dict[str, Any]) -> None:
    model, hook = Recorder(), SegmentHook(**settings)
    images = WholeImages(model, hook.tiling, [{'type': 'mmnuc.LoadNucleiImage'}], hook.seeing)
    dataset = build_dataset(world.config(), 'train', raw=True)
    samples = [dataset[i]['data_samples'] for i in range(len(dataset))]
    assert len(images({'data_samples': samples})) == len(samples)
    names = [Path(sample.img_path).name for sample in samples]
    world.check(dict(zip(names, model.seen, strict=True)))


def test_the_report_shows_them(world: World, tmp_path: Path) -> None:
    page = tmp_path / 'report.html'
    files = (world.root / 'all.json', world.root / 'results.json')
    written = report(*files, page, images=world.images, n_resamples=0)
    assert (written.images, written.card.scores['nuclei/aji']) == (len(world.wanted), 1)
    found = dict(
        re.findall(
            r'"name":"([^"]+)"[^{]*?"picture":"data:image/jpeg;base64,([^"]+)"', page.read_text()
        )
    )
    assert set(found) == set(world.wanted)
    for name, want in world.wanted.items():
        jpeg = cv2.imencode('.jpg', want[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 88])[1]
        assert base64.b64decode(found[name]) == jpeg.tobytes()


CHOICES: dict[str, tuple[str, dict[str, Any]]] = {
    'a channel': ('OME-TIFF', {'channels': ['GFP']}),
    'three channels': ('OME-TIFF', {'channels': ['Cy5', 'DAPI', 1]}),
    'a plane': ('ImageJ', {'plane': 3}),
    'a projection': ('ImageJ', {'project': 'max'}),
    'a series': ('TIFF, thumbnail first', {'series': 1}),
    'values': ('TIFF, 16 bits', {'value_range': [0, 20_000]}),
    'a size': ('PNG', {'pixel_size': 0.5}),
}


@pytest.mark.parametrize(('name', 'chosen'), CHOICES.values(), ids=CHOICES)
def test_every_door_takes_what_is_chosen(
    world: World, tmp_path: Path, name: str, chosen: dict[str, Any]
) -> None:
    """By the command line or by the config; of the same file the same is read."""
    path = world.files[name]
    number = list(world.wanted).index(path.name)
    lists = {name: tuple(one) for name, one in chosen.items() if isinstance(one, list)}
    options = ReadOptions(
        **{**chosen, **lists, 'pixel_size': PixelSize.of(chosen.get('pixel_size'))}
    )
    want = read_image(path, options)
    assert np.array_equal(want, world.wanted[path.name]) == ('pixel_size' in chosen)
    model = Recorder()
    finder = partial(find, model=model)
    predict_with(lambda: finder, [path], tmp_path, ['geojson'], reading=Reading(options))
    step = {'type': 'mmnuc.LoadNucleiImage', **chosen}
    hook = SegmentHook(pixel_size='auto')
    sample = build_dataset(world.config(), 'train', raw=True)[number]['data_samples']
    WholeImages(model, hook.tiling, [step], hook.seeing)({'data_samples': [sample]})
    assert len(model.seen) == 2
    assert all(np.array_equal(seen, want) for seen in model.seen)
    converted = convert_image(File(str(world.images), path.name), options)
    assert np.array_equal(cv2.imdecode(np.frombuffer(converted.data, np.uint8), 1)[..., ::-1], want)
    assert converted.pixel_size == open_image(path, options).pixel_size
    if want.shape == world.wanted[path.name].shape:
        raw = build_dataset(world.config(**chosen), 'train', raw=True)[number]
        assert np.array_equal(raw['inputs'].numpy().transpose(1, 2, 0)[..., ::-1], want)
