"""Names as tools give them find their image; equal names in different folders stay apart."""

import pytest

from mmnuc.annotations.names import (
    AmbiguousNameError,
    ImageNames,
    distinct_names,
    is_label_name,
    is_no_label_name,
    stems,
)

OF_A = [
    'a.png', 'a_masks.tif', 'a_mask.png', 'a-mask.png', 'a_cp_masks.png', 'a_seg.npy',
    'a_rois.zip', 'a_cp_outlines.txt', 'a_label.tif', 'a_labels.png', 'a.labels.tif',
    'a-labels.png', 'a-labelled.tif', 'a_labeled.tif', 'a_gt.png', 'a_inst.npy',
    'a_instances.tif', 'a_inst_map.npy', 'a.stardist.tif', 'a_stardist.tif',
    'a.stardist.rois.zip', 'a_Object Identities.tif', 'a_Object-Identities.tif',
    'a_object_identities.tif', 'a.ome.tif', 'a.ome_masks.tif', 'a.coco.json', 'a.geojson',
    'a.svs.geojson', 'a.tif.geojson', 'a_cells.json', 'a_cell_detection.json', 'a_RoiSet.zip',
    'a.csv', 'Count Masks of a.tif', 'Mask of a.tif', 'a_nuclear.tif', 'a_whole_cell.tiff',
    'a_Nuclei.tif', 'a_img.png', 'a_label_map.png', 'a_labelmap.png', 'a_segmentation.tif',
    'a_ground_truth.png', 'mask_a.png', 'label_a.png', 'a_MASKS.TIF', 'a_pred.png',
    'a.hovernet.json',
]  # fmt: skip


@pytest.mark.parametrize('name', OF_A)
def test_every_name_finds_its_image(name: str) -> None:
    assert ImageNames(['b.png', 'a.png', 'aa.png']).find(name) == 'a.png'
    assert ImageNames(['b.svs', 'a.ome.tif']).find(name) == 'a.ome.tif'
    assert ImageNames(['x/a_img.png', 'x/b_img.png']).find(f'y/{name}') == 'x/a_img.png'


OTHERS = ['b.png', 'ab.png', 'amasks.png', 'a_1.png', 'a1_masks.png', 'masks.png', 'a_maskss.png']


@pytest.mark.parametrize('name', OTHERS)
def test_other_names_find_none(name: str) -> None:
    assert ImageNames(['a.png']).find(name) is None


def test_the_exact_name_comes_first() -> None:
    images = ImageNames(['a.png', 'a_mask.png', 'a_1.png', 'a.1.png'])
    assert images.find('a_mask.tif') == 'a_mask.png'
    assert images.find('a_mask_mask.tif') == 'a_mask.png'
    assert images.find('a_1_mask.tif') == 'a_1.png'
    assert images.find('a.1.geojson') == 'a.1.png'


def test_folders_tell_images_apart() -> None:
    images = ImageNames(['train/images/p1/a.png', 'train/images/p2/a.png', 'b.png'])
    assert images.find('p1/a.tif') == 'train/images/p1/a.png'
    assert images.find('train/labels/p2/a_masks.tif') == 'train/images/p2/a.png'
    assert images.find('elsewhere/b.tif') == 'b.png'
    for name in ('a.tif', 'p3/a_masks.tif'):
        with pytest.raises(
            AmbiguousNameError, match=r'images/p1/a.png or to train/images/p2/a.png'
        ):
            images.find(name)


def test_two_images_of_one_name_are_ambiguous() -> None:
    with pytest.raises(AmbiguousNameError) as caught:
        ImageNames(['a.png', 'a.tif']).find('a.npy')
    assert caught.value.images == ['a.png', 'a.tif']


NO_LABELS = [
    'a_flows.tif', 'a_flows_cp_masks.tif', 'a_dP_cp_masks.tif', 'a_outlines_cp_masks.png',
    'a_cp.png', 'a_cp_output.png', 'a_cp_output_cp_masks.png', 'a_Probabilities.tif',
    'a_Object Predictions.tif', 'a_Simple Segmentation.tif', 'a.overlay.png', 'a_table.csv',
]  # fmt: skip


@pytest.mark.parametrize('name', NO_LABELS)
def test_what_tools_write_besides_is_no_label_map(name: str) -> None:
    assert is_no_label_name(name)
    assert not is_label_name(name)


def test_label_maps_are_told_by_their_names() -> None:
    plain = {
        'a.png',
        'a.ome.tif',
        'a.svs.geojson',
        'a_cells.json',
        'a.geojson',
        'a.csv',
        'a_pred.png',
    }
    plain |= {'a_nuclear.tif', 'a_whole_cell.tiff', 'a_Nuclei.tif', 'a_img.png', 'a.tif.geojson'}
    plain |= {'a_cell_detection.json'}
    assert {name for name in OF_A if not is_label_name(name)} == plain
    # CellViT writes the middles of nuclei beside their outlines.
    assert {name for name in OF_A if is_no_label_name(name)} == {'a_cell_detection.json'}


def test_nothing_is_taken_away_without_end() -> None:
    assert stems('masks.png') == ['masks']
    assert stems('_mask.png') == ['_mask']
    assert stems('.mask.png')[0] == '.mask'


def test_names_keep_their_folders_where_they_have_to() -> None:
    assert distinct_names(['x/a.png', 'x/b.png']) == ['a.png', 'b.png']
    assert distinct_names(['x/a.png', 'y/a.tif', 'b.png']) == ['x/a.png', 'y/a.tif', 'b.png']


PAIRS = {
    'letters in two parts, as a Mac writes them': ('Zu\u0308rich.png', 'Z\u00fcrich_mask.png'),
    'capitals': ('Slide1.png', 'slide1_mask.png'),
    'words before both': ('img_001.png', 'mask_001.png'),
    'words before both, in folders': ('images/image_1.png', 'labels/label_1.png'),
    'a folder for each image': ('x/image.png', 'x/mask.png'),
    'a folder for each image, with folders': ('x/images/image.png', 'x/masks/mask.png'),
}


@pytest.mark.parametrize(('image', 'label'), PAIRS.values(), ids=PAIRS.keys())
def test_pairs(image: str, label: str) -> None:
    assert ImageNames([image, 'y/image.png', 'img_002.png', 'Slide2.png']).find(label) == image


def test_capitals_count_where_they_tell_images_apart() -> None:
    images = ImageNames(['a.png', 'A.png'])
    assert (images.find('A.tif'), images.find('a.tif')) == ('A.png', 'a.png')
    with pytest.raises(AmbiguousNameError):
        ImageNames(['aB.png', 'Ab.png']).find('ab.tif')
