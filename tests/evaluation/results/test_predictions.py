"""Every kind of result file gives the instances that were written, or one clear error."""

import json
import pickle
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import scipy.io
import tifffile
import torch

from mmnuc.errors import UserError
from mmnuc.evaluation.functional.coco_instances import Predictions
from mmnuc.evaluation.results import Truth, read_ground_truth, read_predictions
from mmnuc.evaluation.submission import dsb2018, vrdl2021
from mmnuc.evaluation.submission.image_result import ImageResult
from mmnuc.evaluation.submission.images import read_images
from mmnuc.export.coco import coco_file
from mmnuc.ops.codecs.label_map import label_map_to_crops
from mmnuc.ops.codecs.rle import crops_to_rles
from mmnuc.structures import Nuclei

MAPS = {
    'a': np.array([[1, 1, 0, 2], [1, 0, 0, 2]], np.int32),
    'b': np.array([[0, 0, 0], [7, 7, 0], [0, 0, 9]], np.int32),
}


def results() -> list[ImageResult]:
    found = []
    for number, (name, label_map) in enumerate(MAPS.items(), 1):
        crops = label_map_to_crops(label_map)[0]
        found.append(
            ImageResult(
                image_id=number,
                file_name=f'{name}.png',
                height=crops.height,
                width=crops.width,
                rles=crops_to_rles(crops),
                scores=np.array([0.75, 0.5]),
                labels=np.zeros(2, int),
                boxes_xyxy=crops.boxes_xyxy.astype(float),
            )
        )
    return found


def annotation(result: ImageResult, i: int) -> dict:
    x1, y1, x2, y2 = result.boxes_xyxy[i].tolist()
    return {
        'image_id': result.image_id,
        'category_id': 1,
        'segmentation': result.rles[i],
        'bbox': [x1, y1, x2 - x1, y2 - y1],
        'area': 1,
        'iscrowd': 0,
    }


@pytest.fixture
def truth_json(tmp_path: Path) -> Path:
    found = results()
    entries = [annotation(result, i) for result in found for i in range(2)]
    content = {
        'images': [
            dict(id=r.image_id, file_name=r.file_name, height=r.height, width=r.width)
            for r in found
        ],
        'annotations': [{**entry, 'id': i + 1} for i, entry in enumerate(entries)],
        'categories': [{'id': 1, 'name': 'nucleus'}],
    }
    path = tmp_path / 'truth.json'
    path.write_text(json.dumps(content))
    return path


@pytest.fixture
def truth(truth_json: Path) -> Truth:
    return read_ground_truth(truth_json)


def coco_list(folder: Path, truth_json: Path) -> Path:  # noqa: ARG001
    entries = [annotation(r, i) | {'score': float(r.scores[i])} for r in results() for i in (0, 1)]
    path = folder / 'results.json'
    path.write_text(json.dumps(entries))
    return path


def coco_images(folder: Path, truth_json: Path) -> Path:
    """Images and annotations under other ids, in folders."""
    content = json.loads(truth_json.read_text())
    for image in content['images']:
        image['id'] += 10
        image['file_name'] = f'some/where/{image["file_name"]}'
    for entry, score in zip(content['annotations'], (0.75, 0.5) * 2, strict=True):
        entry['image_id'] += 10
        entry['score'] = score
    path = folder / 'images.json'
    path.write_text(json.dumps(content))
    return path


def answer(folder: Path, truth_json: Path) -> Path:
    path = folder / 'answer.json'
    path.write_bytes(vrdl2021.encode(results(), read_images(truth_json)))
    return path


def table(folder: Path, truth_json: Path) -> Path:
    path = folder / 'table.csv'
    path.write_bytes(dsb2018.encode(results(), read_images(truth_json)))
    return path


def pickled(folder: Path, truth_json: Path) -> Path:  # noqa: ARG001
    samples = [
        {
            'img_id': r.image_id,
            'img_path': f'data/{r.file_name}',
            'ori_shape': (r.height, r.width),
            'pred_instances': dict(
                masks=r.rles, scores=r.scores, labels=r.labels, bboxes=r.boxes_xyxy
            ),
        }
        for r in results()
    ]
    path = folder / 'results.pkl'
    path.write_bytes(pickle.dumps(samples))
    return path


def mmdets_pickle(folder: Path, truth_json: Path) -> Path:
    """As mmdet's own ``DumpDetResults`` writes it: tensors, some of them views of others."""
    samples = pickle.loads(pickled(folder, truth_json).read_bytes())
    for sample in samples:
        pred = sample['pred_instances']
        pred['bboxes'] = torch.from_numpy(pred['bboxes'].T.copy()).float().T
        both = torch.tensor([0.1, *pred['scores'], 0.2])
        pred['scores'], pred['labels'] = both[1:3], torch.from_numpy(pred['labels'])
        pred['masks'] = [{**rle, 'counts': rle['counts'].encode()} for rle in pred['masks']]
    path = folder / 'mmdet.pkl'
    path.write_bytes(pickle.dumps(samples))
    return path


def label_maps(folder: Path, truth_json: Path) -> Path:  # noqa: ARG001
    maps = folder / 'maps'
    maps.mkdir()
    np.save(maps / 'a.npy', MAPS['a'])
    cv2.imwrite(str(maps / 'b_mask.png'), MAPS['b'].astype(np.uint16))
    return maps


WRITERS: dict[str, tuple[Callable[[Path, Path], Path], bool]] = {
    # What writes the file, and whether it knows scores.
    'COCO list': (coco_list, True),
    'COCO images and annotations': (coco_images, True),
    'answer of the board': (answer, True),
    'DSB table': (table, False),
    'pickle': (pickled, True),
    'pickle of tensors': (mmdets_pickle, True),
    'label maps': (label_maps, False),
}


@pytest.mark.parametrize('kind', WRITERS)
def test_round_trip(tmp_path: Path, truth_json: Path, truth: Truth, kind: str) -> None:
    writer, scored = WRITERS[kind]
    pred, missing = read_predictions(writer(tmp_path, truth_json), truth)
    assert missing == []
    order = np.lexsort((pred.boxes_xywh[:, 1], pred.boxes_xywh[:, 0], pred.images))
    gt_order = np.lexsort((truth.gt.boxes_xywh[:, 1], truth.gt.boxes_xywh[:, 0], truth.gt.images))
    assert pred.images[order].tolist() == [1, 1, 2, 2]
    assert [pred.rles[i] for i in order] == [truth.gt.rles[i] for i in gt_order]
    np.testing.assert_array_equal(pred.boxes_xywh[order], truth.gt.boxes_xywh[gt_order])
    assert pred.labels.tolist() == [0] * 4
    assert sorted(pred.scores) == ([0.5, 0.5, 0.75, 0.75] if scored else [1, 1, 1, 1])


@pytest.mark.parametrize('suffix', ['.png', '.tif', '.npy', '.mat'])
def test_label_maps_as_ground_truth(tmp_path: Path, suffix: str) -> None:
    writers = {
        '.png': lambda path, m: cv2.imwrite(str(path), m.astype(np.uint16)),
        '.tif': lambda path, m: tifffile.imwrite(path, m),
        '.npy': np.save,
        '.mat': lambda path, m: scipy.io.savemat(path, {'inst_map': m}),
    }
    for name, label_map in MAPS.items():
        writers[suffix](tmp_path / f'{name}{suffix}', label_map)
    truth = read_ground_truth(tmp_path)
    assert [(i.file_name, i.height, i.width) for i in truth.images] == [
        (f'a{suffix}', 2, 4),
        (f'b{suffix}', 3, 3),
    ]
    assert truth.gt.areas.tolist() == [3, 2, 2, 1]


def test_images_without_results_are_named(tmp_path: Path, truth: Truth) -> None:
    path = tmp_path / 'none.json'
    path.write_text('[]')
    pred, missing = read_predictions(path, truth)
    assert (len(pred.images), missing) == (0, ['a.png', 'b.png'])


class Malicious:
    def __reduce__(self) -> tuple:
        return (exec, ('raise SystemExit("ran")',))


SIZE = {'size': [2, 4], 'counts': '08'}
FAULTS: dict[str, tuple[str, bytes, str]] = {
    'not json': ('r.json', b'{', 'is no COCO json'),
    'json of something else': ('r.json', b'{"a": 1}', 'neither a list of results nor'),
    'entry without a mask': (
        'r.json',
        b'[{"image_id": 1}]',
        r'image a\.png \(1\), entry 0: it has no mask: segmentation is None',
    ),
    'unknown image': (
        'r.json',
        json.dumps([{'image_id': 9, 'segmentation': SIZE}]).encode(),
        r'entry 0: image_id 9: there is no such image \(ids: 1, 2\)',
    ),
    'unknown category': (
        'r.json',
        json.dumps([{'image_id': 1, 'category_id': 0, 'segmentation': SIZE}]).encode(),
        r'entry 0: category_id 0 is none of its categories \(1 nucleus\)',
    ),
    'mask of another size': (
        'r.json',
        json.dumps([{'image_id': 2, 'segmentation': SIZE}]).encode(),
        r'image b\.png \(2\), entry 0: the mask has 4x2, the image has 3x3',
    ),
    'no mask': (
        'r.json',
        json.dumps([{'image_id': 1, 'segmentation': 5}]).encode(),
        'entry 0: a segmentation must be a list or an object, not 5',
    ),
    'unknown images': (
        'r.json',
        b'{"images": [{"id": 1, "file_name": "c.png"}], "annotations": []}',
        '1 images are not in the ground truth: c.png',
    ),
    'table with faults': (
        'r.csv',
        b'ImageId,EncodedPixels\nc,1 2\n',
        "r.csv, line 2: 'c' is no image",
    ),
    'damaged pickle': ('r.pkl', b'\x80\x04nothing', 'is no pickle of results'),
    'pickle of something else': ('r.pkl', pickle.dumps([1]), 'holds no list of results'),
    'pickle that runs code': ('r.pkl', pickle.dumps(Malicious()), r'it wants builtins.exec'),
    'pickle of another image': (
        'r.pkl',
        pickle.dumps([{'img_id': 4, 'img_path': 'c.png', 'pred_instances': {}}]),
        'image 4 c.png is not in the ground truth; its first is 1 a.png',
    ),
    'half a pickle': (
        'r.pkl',
        pickle.dumps([{'img_id': 1, 'img_path': 'a.png', 'pred_instances': {}}]),
        'the predictions of an image are not whole',
    ),
    'another kind': (
        'r.txt',
        b'',
        r'results are .json, .csv, .pkl, .pickle files, or one or a folder',
    ),
}


@pytest.mark.parametrize('name', FAULTS)
def test_faults(tmp_path: Path, truth: Truth, name: str) -> None:
    file, content, said = FAULTS[name]
    (tmp_path / file).write_bytes(content)
    with pytest.raises(UserError, match=said):
        read_predictions(tmp_path / file, truth)


def test_folders_that_do_not_fit(tmp_path: Path, truth: Truth) -> None:
    (tmp_path / 'maps').mkdir()
    with pytest.raises(UserError, match='holds no results'):
        read_predictions(tmp_path / 'maps', truth)
    with pytest.raises(UserError, match='holds no label maps or outlines'):
        read_ground_truth(tmp_path / 'maps')
    np.save(tmp_path / 'maps/a.npy', MAPS['b'])
    with pytest.raises(UserError, match=r'a\.npy is 3 x 3, its image 2 x 4'):
        read_predictions(tmp_path / 'maps', truth)
    np.save(tmp_path / 'maps/c.npy', MAPS['b'])
    (tmp_path / 'maps/a.npy').unlink()
    with pytest.raises(UserError, match=r'1 of no image of the ground truth: c\.npy'):
        read_predictions(tmp_path / 'maps', truth)
    (tmp_path / 'maps/c.npy').write_bytes(b'none')
    with pytest.raises(UserError, match=r'c\.npy'):
        read_ground_truth(tmp_path / 'maps')
    with pytest.raises(UserError, match='no such results'):
        read_predictions(tmp_path / 'nothing.json', truth)


def coco(names: list[str], categories: list[tuple[int, str]], rows: list[tuple[int, int]]) -> dict:
    """A COCO file of images of 8 x 8; a row is an image, counted from 1, and a category."""
    images = [dict(id=10 * i, file_name=name, height=8, width=8) for i, name in enumerate(names, 1)]
    square = [[1, 1, 5, 1, 5, 5, 1, 5]]
    return dict(
        images=images,
        categories=[dict(id=number, name=name) for number, name in categories],
        annotations=[
            dict(id=k, image_id=10 * image, category_id=category, segmentation=square, score=0.9)
            for k, (image, category) in enumerate(rows, 1)
        ],
    )


def read_both(tmp_path: Path, truth: dict, found: object) -> tuple[Truth, Predictions]:
    (tmp_path / 'truth.json').write_text(json.dumps(truth))
    (tmp_path / 'found.json').write_text(json.dumps(found))
    read = read_ground_truth(tmp_path / 'truth.json')
    return read, read_predictions(tmp_path / 'found.json', read)[0]


def test_classes_are_matched_by_name(tmp_path: Path) -> None:
    truth = coco(['a.png', 'b.png'], [(1, 'a'), (2, 'b')], [(1, 1), (2, 2)])
    found = coco(['b.png', 'a.png'], [(1, 'b'), (2, 'a')], [(1, 1), (2, 2)])
    read, pred = read_both(tmp_path, truth, found)
    assert (pred.images.tolist(), pred.labels.tolist()) == ([20, 10], [1, 0])
    assert (read.gt.images.tolist(), read.gt.labels.tolist()) == ([10, 20], [0, 1])


def test_a_list_has_the_ids_of_the_truth(tmp_path: Path) -> None:
    truth = coco(['a.png'], [(1, 'a'), (2, 'b'), (3, 'a')], [(1, 3)])
    truth['images'][0]['id'] = truth['annotations'][0]['image_id'] = 'x'
    found = [dict(truth['annotations'][0], category_id=number) for number in ('1', 3, 'b', 2.0)]
    read, pred = read_both(tmp_path, truth, found)
    assert (read.classes, pred.labels.tolist()) == (('a', 'b'), [0, 0, 1, 1])
    assert pred.images.tolist() == read.gt.images.tolist() * 4


def test_one_class_on_both_sides_is_the_same_one(tmp_path: Path) -> None:
    truth, found = (coco(['a.png'], [(k, name)], [(1, k)]) for k, name in ((1, 'cell'), (7, 'x')))
    assert read_both(tmp_path, truth, found)[1].labels.tolist() == [0]


def test_a_class_that_the_truth_does_not_have_is_named(tmp_path: Path) -> None:
    truth = coco(['a.png'], [(1, 'a'), (2, 'b')], [(1, 1)])
    found = coco(['a.png'], [(1, 'a'), (2, 'c')], [(1, 2)])
    message = (
        r"image a\.png \(10\), annotation 1: its category c is none of the ground truth's: a, b"
    )
    with pytest.raises(UserError, match=message):
        read_both(tmp_path, truth, found)


def test_names_in_different_folders_stay_apart(tmp_path: Path) -> None:
    truth = coco(['x/a.png', 'y/a.png'], [(1, 'a')], [(1, 1)])
    found = coco(['out/y/a.tif', 'out/x/a.tif'], [(1, 'a')], [(1, 1)])
    assert read_both(tmp_path, truth, found)[1].images.tolist() == [20]
    for names, said in (
        (['a.png'], r'a\.png may be x/a\.png or y/a\.png of the ground truth'),
        (['1/x/a.png', '2/x/a.png'], r'1/x/a\.png and 2/x/a\.png are both x/a\.png'),
    ):
        with pytest.raises(UserError, match=said):
            read_both(tmp_path, truth, coco(names, [(1, 'a')], [(1, 1)]))


def test_an_image_of_another_size_is_named(tmp_path: Path) -> None:
    truth, found = (coco(['a.png'], [(1, 'a')], [(1, 1)]) for _ in range(2))
    found['images'][0]['width'] = 9
    with pytest.raises(UserError, match=r'a\.png is 8 x 9, a\.png of the ground truth 8 x 8'):
        read_both(tmp_path, truth, found)
    del found['images'][0]['width'], found['images'][0]['height']
    assert len(read_both(tmp_path, truth, found)[1].images) == 1


def test_our_own_export_is_scored(tmp_path: Path) -> None:
    truth = coco(['x/a.png', 'x/b.png'], [(1, 'nucleus')], [(1, 1), (2, 1)])
    own = np.zeros((8, 8), int)
    own[1:5, 1:5] = 1
    path = tmp_path / 'own.json'
    with coco_file(path) as file:
        for name in ('out/b.png', 'out/a.png'):
            file.add(name, Nuclei.from_label_map(own))
    read, pred = read_both(tmp_path, truth, json.loads(path.read_text()))
    assert pred.images.tolist() == [20, 10]
    assert list(pred.rles) == list(read.gt.rles)


def test_a_truth_of_crowds_is_nothing_to_score_against(tmp_path: Path) -> None:
    truth = coco(['a.png'], [(1, 'a')], [(1, 1)])
    truth['annotations'][0]['iscrowd'] = 1
    (tmp_path / 'truth.json').write_text(json.dumps(truth))
    with pytest.raises(UserError, match=r'nothing to score against: all 1 annotations are crowds'):
        read_ground_truth(tmp_path / 'truth.json')
