"""Foreign COCO files: every form of a mask, every field that may be wrong."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO

from mmnuc.converters import ConversionOptions, convert
from mmnuc.errors import UserError

BOX = np.zeros((40, 40), np.uint8)
BOX[5:9, 3:13] = 1
POLYGON = [3, 5, 13, 5, 13, 9, 3, 9]


def compressed(mask: np.ndarray) -> dict[str, Any]:
    rle = coco_mask.encode(np.asfortranarray(mask))
    return {'size': list(rle['size']), 'counts': rle['counts'].decode()}


def uncompressed(mask: np.ndarray) -> dict[str, Any]:
    flat = mask.ravel(order='F')
    ends = np.flatnonzero(np.diff(flat, prepend=0, append=2))
    return {'size': list(mask.shape), 'counts': np.diff(ends, prepend=0).tolist()}


def entry(segmentation: Any, **fields: Any) -> dict[str, Any]:
    return {
        'id': 8,
        'image_id': 70,
        'category_id': 3,
        'bbox': [3, 5, 10, 4],
        'area': 40,
        'iscrowd': 0,
        'segmentation': segmentation,
        **fields,
    }


def write(tree, *entries: dict[str, Any], **fields: Any) -> Path:
    tree.image('a.png', seed=1)
    content = {
        'images': [{'id': 70, 'file_name': 'a.png', 'height': 40, 'width': 40}],
        'annotations': list(entries),
        'categories': [
            {'id': 3, 'name': 'tumour', 'supercategory': 'cell'},
            {'id': 9, 'name': 'x'},
        ],
        **fields,
    }
    content = {key: value for key, value in content.items() if value is not None}
    tree.bytes('foreign.json', json.dumps(content).encode())
    return tree.root / 'foreign.json'


def run(src: Path, dst: Path, **options: Any) -> tuple[Any, dict[str, Any]]:
    report = convert('coco', src, dst, ConversionOptions(workers=1, val=0, **options))
    return report, json.loads((dst / 'all.json').read_text())


FORMS = {
    'polygon': [POLYGON],
    'flat polygon': POLYGON,
    'two polygons': [[3, 5, 8, 5, 8, 9, 3, 9], [8, 5, 13, 5, 13, 9, 8, 9]],
    'compressed': compressed(BOX),
    'uncompressed': uncompressed(BOX),
}


@pytest.mark.parametrize('segmentation', FORMS.values(), ids=FORMS.keys())
def test_every_form_becomes_compressed_run_lengths(
    tree, tmp_path: Path, decode: Callable, segmentation: Any
) -> None:
    report, content = run(write(tree, entry(segmentation)), tmp_path / 'out')
    (annotation,) = content['annotations']
    assert np.array_equal(decode(annotation), BOX)
    assert isinstance(annotation['segmentation']['counts'], str)
    assert (annotation['id'], annotation['image_id'], annotation['category_id']) == (1, 70, 3)
    assert (annotation['bbox'], annotation['area']) == ([3, 5, 10, 4], 40)
    assert report.faults == ()
    assert [category['id'] for category in content['categories']] == [3, 9]
    assert content['categories'][0]['supercategory'] == 'cell'


def test_polygons_are_filled_as_pycocotools_fills_them(
    tree, tmp_path: Path, decode: Callable
) -> None:
    angles = np.linspace(0, 2 * np.pi, 17)[:-1]
    star = 20 + np.stack([np.cos(angles), np.sin(angles)], 1) * np.resize([17.3, 6.2], 16)[:, None]
    _, content = run(write(tree, entry([star.ravel().tolist()])), tmp_path / 'out')
    theirs = coco_mask.decode(coco_mask.frPyObjects([star.ravel().tolist()], 40, 40))[..., 0]
    assert np.array_equal(decode(content['annotations'][0]), theirs)


CORRECTED = {
    'no box': ({'bbox': None}, ['corrected-box']),
    'a wrong box': ({'bbox': [0, 0, 40, 40]}, ['corrected-box']),
    'corners for a box': ({'bbox': [3, 5, 13, 9]}, ['corrected-box']),
    'a box of three': ({'bbox': [3, 5, 10]}, ['corrected-box']),
    'a box between pixels': ({'bbox': [3.4, 4.8, 9.1, 4.4]}, []),
    'no area': ({'area': None}, ['corrected-area']),
    'the area of the box': ({'area': 400}, ['corrected-area']),
    'an area between pixels': ({'area': 38.7}, []),
}


@pytest.mark.parametrize(('fields', 'kinds'), CORRECTED.values(), ids=CORRECTED.keys())
def test_boxes_and_areas_come_from_the_masks(
    tree, tmp_path: Path, fields: dict, kinds: list[str]
) -> None:
    report, content = run(write(tree, entry([POLYGON], **fields)), tmp_path / 'out')
    assert [fault.kind for fault in report.faults] == kinds
    assert (content['annotations'][0]['bbox'], content['annotations'][0]['area']) == (
        [3, 5, 10, 4],
        40,
    )


BAD = {
    'no mask': (entry(None), 'no-segmentation', ''),
    'an empty list': (entry([]), 'no-segmentation', ''),
    'run lengths of another size': (
        entry(compressed(BOX[:, :-1])),
        'wrong-size',
        '39x40, the image has 40x40',
    ),
    'run lengths that end early': (
        entry({'size': [40, 40], 'counts': [3, 4]}),
        'unreadable',
        'do not fill the image',
    ),
    'garbled run lengths': (entry({'size': [40, 40], 'counts': '\x01'}), 'unreadable', ''),
    'no counts': (entry({'size': [40, 40]}), 'unreadable', 'counts'),
    'words for a polygon': (entry([['a', 'b', 'c', 'd', 'e', 'f']]), 'unreadable', ''),
    'run lengths of nothing': (entry(compressed(BOX * 0)), 'empty-mask', ''),
    'an unknown class': (entry([POLYGON], category_id=4), 'unknown-category', 'category_id 4'),
    'an unknown image': (entry([POLYGON], image_id=71), 'masks-without-image', 'image_id 71'),
}


@pytest.mark.parametrize(('wrong', 'kind', 'told'), BAD.values(), ids=BAD.keys())
def test_what_can_not_be_used_is_told_and_left_out(
    tree, tmp_path: Path, wrong: dict, kind: str, told: str
) -> None:
    src = write(tree, entry([POLYGON]), {**wrong, 'id': 9})
    with pytest.raises(UserError, match=f'{kind} +foreign.json, annotation 9'):
        run(src, tmp_path / 'out')
    report, content = run(src, tmp_path / 'out', skip_bad=True)
    (fault,) = report.faults
    assert (fault.kind, fault.file) == (kind, 'foreign.json, annotation 9')
    assert told in fault.detail
    assert len(content['annotations']) == 1


DEGENERATE = {'two points': [[3, 5, 13, 5]], 'no pixel': [[3.1, 3.1, 3.3, 3.1, 3.3, 3.3]]}


@pytest.mark.parametrize('polygons', DEGENERATE.values(), ids=DEGENERATE.keys())
def test_polygons_around_nothing_are_left_out(tree, tmp_path: Path, polygons: list) -> None:
    src = write(tree, entry([POLYGON]), entry(polygons))
    report, content = run(src, tmp_path / 'out', max_loss=0.5)
    assert [fault.kind for fault in report.faults] == ['degenerate-outline']
    assert len(content['annotations']) == 1


@pytest.mark.parametrize(
    ('options', 'said'),
    [({}, '2 of 3 annotations'), ({'max_loss': 0.5}, 'more than 50 %'), ({'max_loss': 0.7}, '')],
)
def test_a_conversion_that_loses_most_outlines_fails(
    tree, tmp_path: Path, options: dict, said: str
) -> None:
    thin = [[3.1, 3.1, 3.3, 3.1, 3.3, 3.3]]
    src = write(tree, entry([POLYGON]), entry(thin), entry(thin))
    if not said:
        report, _ = run(src, tmp_path / 'out', **options)
        assert '2 of 3 annotations (67 %)' in report.summary()
        return
    with pytest.raises(UserError, match=said):
        run(src, tmp_path / 'out', **options)
    assert not (tmp_path / 'out').exists()


def test_bad_masks_may_be_limited_too(tree, tmp_path: Path) -> None:
    src = write(tree, entry([POLYGON]), entry(None))
    assert run(src, tmp_path / 'out', skip_bad=True)[0].nuclei['all'] == 1
    with pytest.raises(
        UserError, match=r'1 of 2 annotations would be lost \(50 %\), more than 20 %'
    ):
        run(src, tmp_path / 'two', skip_bad=True, max_loss=0.2)
    with pytest.raises(UserError, match=r'--max-loss is a fraction from 0 to 1, not 7'):
        run(src, tmp_path / 'two', max_loss=7)


def test_all_crowds_are_told_and_taken_as_nuclei(tree, tmp_path: Path) -> None:
    src = write(tree, entry([POLYGON], iscrowd='1'))
    report, content = run(src, tmp_path / 'out')
    assert [fault.kind for fault in report.faults] == ['all-crowds']
    assert 'take them as nuclei with --crowds as-nuclei' in report.summary()
    report, content = run(src, tmp_path / 'two', crowds='as-nuclei')
    assert (report.faults, content['annotations'][0]['iscrowd']) == ((), 0)


def test_text_is_read_as_what_it_says(tree, tmp_path: Path) -> None:
    categories = [{'id': 'a', 'name': 'tumour'}, {'id': 'b', 'name': 'x'}, {'id': 'c', 'name': 'x'}]
    own = [entry([POLYGON], category_id=key, id=key, image_id='70') for key in ('b', 'x', 'tumour')]
    own[2]['segmentation'] = [[13, 15, 23, 15, 23, 19]]
    src = write(tree, *own, categories=categories)
    report, content = run(src, tmp_path / 'out', skip_bad=True)
    assert [each['category_id'] for each in content['annotations']] == [2, 1]
    assert [(each['id'], each['name']) for each in content['categories']] == [
        (1, 'tumour'),
        (2, 'x'),
    ]
    assert ('duplicate-mask', 'foreign.json, annotation x') in [
        (f.kind, f.file) for f in report.faults
    ]


def test_an_outline_in_fractions_is_named(tree, tmp_path: Path) -> None:
    with pytest.raises(UserError, match='all outlines lie between 0 and 1'):
        run(write(tree, entry([[value / 40 for value in POLYGON]])), tmp_path / 'out')


def test_crowds_stay_crowds(tree, tmp_path: Path) -> None:
    crowd = entry(uncompressed(BOX), iscrowd=1)
    _, content = run(write(tree, entry([POLYGON]), {**crowd, 'category_id': 9}), tmp_path / 'out')
    assert [each['iscrowd'] for each in content['annotations']] == [0, 1]


def test_images_that_are_not_there_are_named(tree, tmp_path: Path) -> None:
    images = [{'id': 70, 'file_name': 'a.png'}, {'id': 2, 'file_name': 'b.png'}]
    src = write(tree, entry([POLYGON]), images=images)
    with pytest.raises(UserError, match=r'missing-image +b.png: image 2 of foreign.json'):
        run(src, tmp_path / 'out')
    _, content = run(src, tmp_path / 'out', skip_bad=True)
    assert [image['id'] for image in content['images']] == [70]


def test_an_image_of_another_size_than_told_is_named(tree, tmp_path: Path) -> None:
    images = [{'id': 70, 'file_name': 'a.png', 'height': 40, 'width': 41}]
    with pytest.raises(UserError, match=r'wrong-size +a.png: 40x40, not 41x40'):
        run(write(tree, images=images), tmp_path / 'out')


PLACES = [('a.png', None), ('images/a.png', None), ('far/away/a.png', 'far/away')]


@pytest.mark.parametrize(('place', 'images'), PLACES)
def test_images_lie_beside_the_json_or_where_one_says(
    tree, tmp_path: Path, place: str, images: str | None
) -> None:
    src = write(tree, entry([POLYGON]))
    (tree.root / 'a.png').rename(tree.path(place))
    options = {} if images is None else {'images': str(tree.root / images)}
    report = convert('coco', src, tmp_path / 'out', ConversionOptions(workers=1, val=0), **options)
    assert report.nuclei['all'] == 1


def test_images_that_are_nowhere_are_asked_for(tree, tmp_path: Path) -> None:
    src = write(tree)
    (tree.root / 'a.png').unlink()
    with pytest.raises(
        UserError, match=r'none of the 1 images .* say where they are with --images'
    ):
        run(src, tmp_path / 'out')
    with pytest.raises(UserError, match='no such folder: --images'):
        convert('coco', src, tmp_path / 'out', images=str(tmp_path / 'nowhere'))


@pytest.mark.parametrize('name', ['../outside.png', '/outside.png', '..\\outside.png'])
def test_no_name_leads_out_of_the_folder(tree, tmp_path: Path, name: str) -> None:
    tree.image('../outside.png')
    if name.startswith('/'):
        name = str(tmp_path / 'outside.png')
    src = write(tree, images=[{'id': 70, 'file_name': name}])
    with pytest.raises(UserError, match=r'outside\.png \(70\): its name leads out of'):
        run(src, tmp_path / 'out')
    tree.image('outside.png', seed=3)
    _, content = run(src, tmp_path / 'inside')
    assert content['images'][0]['file_name'] == 'outside.png'
    second = [{'id': 2, 'file_name': 'outside.png'}, {'id': 70, 'file_name': '../b.png'}]
    src = write(tree, images=second)
    with pytest.raises(UserError, match=r'missing-image +\.\./b\.png: image 70'):
        run(src, tmp_path / 'out')


def test_names_of_another_machine_keep_their_folders(tree, tmp_path: Path) -> None:
    images = [
        {'id': i, 'file_name': f'/data/{i}/x/a.png', 'height': 40, 'width': 40} for i in (1, 2)
    ]
    for i in (1, 2):
        tree.image(f'images/{i}/x/a.png', seed=i)
    _, content = run(write(tree, images=images), tmp_path / 'out')
    assert [image['file_name'] for image in content['images']] == ['1/x/a.png', '2/x/a.png']


def test_a_file_without_annotations_gives_test_images(tree, tmp_path: Path) -> None:
    report = convert(
        'coco', write(tree, annotations=None), tmp_path / 'out', ConversionOptions(workers=1)
    )
    assert report.images == {'test': 1}
    content = json.loads((tmp_path / 'out' / 'test.json').read_text())
    assert content['images'][0]['id'] == 70


def test_ids_that_are_words_are_numbered(tree, tmp_path: Path) -> None:
    images = [{'id': 'seventy', 'file_name': 'a.png'}]
    src = write(tree, entry([POLYGON], image_id='seventy'), images=images)
    _, content = run(src, tmp_path / 'out')
    assert (content['images'][0]['id'], content['annotations'][0]['image_id']) == (1, 1)


REFUSED = {
    'no json': (b'{', 'is no COCO json: the file ends too early'),
    'a list': (b'[]', 'has no list "images"'),
    'no categories': (b'{"images": [{"id": 1, "file_name": "a"}]}', 'has no list "categories"'),
    'images without id': (b'{"images": [{"file_name": "a"}]}', 'entry 0 of images: has no id'),
    'ids used twice': (
        b'{"images": [{"id": 1, "file_name": "a"}, {"id": 1, "file_name": "b"}]}',
        'entry 1 of images: the image id 1 is used twice',
    ),
}


@pytest.mark.parametrize(('content', 'told'), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_no_coco_file_is_refused(tree, tmp_path: Path, content: bytes, told: str) -> None:
    tree.bytes('foreign.json', content)
    with pytest.raises(UserError, match=told):
        run(tree.root / 'foreign.json', tmp_path / 'out')


def test_our_own_output_comes_back_the_same(homework, tmp_path: Path) -> None:
    one = ConversionOptions(workers=1, val=0)
    convert('vrdl2021', homework.root, tmp_path / 'first', one)
    report = convert('coco', tmp_path / 'first' / 'all.json', tmp_path / 'second', one)
    assert {fault.kind for fault in report.faults} == {'several-parts'}
    first, second = (
        COCO(str(tmp_path / name / 'all.json')).dataset for name in ('first', 'second')
    )
    assert first['annotations'] == second['annotations']


def test_an_archive_with_one_json_will_do(tree, tmp_path: Path) -> None:
    write(tree, entry([POLYGON]))
    report, _ = run(tree.zip(), tmp_path / 'out')
    assert report.nuclei['all'] == 1
    tree.bytes('second.json', b'')
    with pytest.raises(UserError, match=r'several json files, name one of them: foreign.json, sec'):
        run(tree.root, tmp_path / 'two')


def test_what_is_marked_to_be_left_out_stays_marked(tree, tmp_path: Path) -> None:
    path = write(tree, entry([POLYGON], ignore=1))
    report = convert('coco', path, tmp_path / 'out', ConversionOptions(val=0, workers=1))
    (annotation,) = json.loads((tmp_path / 'out' / 'all.json').read_text())['annotations']
    assert annotation['ignore'] == 1
    assert 'marked-ignore' in {fault.kind for fault in report.faults}


@pytest.mark.parametrize('options', [dict(max_loss=0.5), dict(skip_bad=True)])
def test_an_image_that_lost_all_outlines_is_left_out(
    tree, tmp_path: Path, options: dict[str, Any]
) -> None:
    images = [
        {'id': i, 'file_name': f'{n}.png', 'height': 40, 'width': 40}
        for i, n in ((70, 'a'), (71, 'b'))
    ]
    far = [[x + 900 for x in POLYGON]]
    tree.image('b.png', seed=2)
    path = write(tree, entry([POLYGON]), entry(far, id=9, image_id=71), images=images)
    report, content = run(path, tmp_path / 'out', **options)
    assert [image['file_name'] for image in content['images']] == ['a.png']
    assert ('all-lost', 'b.png') in [(fault.kind, fault.file) for fault in report.faults]
    assert (report.loss.lost, report.loss.total) == (1, 2)
