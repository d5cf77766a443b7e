"""Every framework's names become ours, and no parameter is overlooked."""

from collections.abc import Callable

import numpy as np
import pytest

from mmnuc.errors import UserError
from mmnuc.model_converters import Imported, resnet, translate, weights_in
from mmnuc.model_converters.resnet import Trunk
from mmnuc.model_converters.torchvision import COCO_IDS

States = dict[str, Callable[..., dict[str, np.ndarray]]]

R50, R101, R152 = Trunk(50), Trunk(101), Trunk(152)
X101 = Trunk(101, 32, 8)
SOURCES = ('detectron2', 'torchvision')


def rows(imported: Imported, layer: str) -> list[float]:
    """Rows of a last layer; the states number them."""
    return imported.state[f'roi_head.{layer}.bias'].tolist()


@pytest.mark.parametrize('trunk', [R50, R101, R152, X101], ids=str)
@pytest.mark.parametrize('source', SOURCES)
def test_every_parameter_has_its_name(states: States, source: str, trunk: Trunk) -> None:
    given = states[source](trunk, 3)
    imported = translate(given)
    assert imported.trunk == trunk
    assert len(imported.state) == len(given)
    assert {name for name in imported.state if name.startswith('backbone.')} == {
        f'backbone.{name}' for name in resnet.TORCHVISION.names(trunk)
    }


def test_layers_keep_their_values(states: States) -> None:
    given = states['detectron2'](X101, 3)
    state = translate(given).state
    pairs = {
        'backbone.bottom_up.stem.conv1.norm.running_var': 'backbone.bn1.running_var',
        'backbone.bottom_up.res4.22.conv3.weight': 'backbone.layer3.22.conv3.weight',
        'backbone.bottom_up.res5.0.shortcut.norm.bias': 'backbone.layer4.0.downsample.1.bias',
        'backbone.fpn_lateral2.weight': 'neck.lateral_convs.0.conv.weight',
        'backbone.fpn_output5.bias': 'neck.fpn_convs.3.conv.bias',
        'proposal_generator.rpn_head.anchor_deltas.bias': 'rpn_head.rpn_reg.bias',
        'roi_heads.mask_head.mask_fcn4.weight': 'roi_head.mask_head.convs.3.conv.weight',
    }
    for theirs, ours in pairs.items():
        assert np.array_equal(state[ours], given[theirs]), ours


def test_background_of_detectron2_is_last_already(states: States) -> None:
    imported = translate(states['detectron2'](R50, 3))
    assert imported.classes == 3
    assert rows(imported, 'bbox_head.fc_cls') == [0, 1, 2, 3]
    assert rows(imported, 'bbox_head.fc_reg') == list(range(12))
    assert rows(imported, 'mask_head.conv_logits') == [0, 1, 2]


def test_background_of_torchvision_moves_from_first_to_last(states: States) -> None:
    imported = translate(states['torchvision'](R50, 3))
    assert imported.classes == 2
    assert rows(imported, 'bbox_head.fc_cls') == [1, 2, 0]
    assert rows(imported, 'bbox_head.fc_reg') == list(range(4, 12))
    assert rows(imported, 'mask_head.conv_logits') == [1, 2]


def test_91_rows_are_the_80_classes_of_coco(states: States) -> None:
    imported = translate(states['torchvision'](R50, 91))
    assert imported.classes == len(COCO_IDS) == 80
    assert rows(imported, 'bbox_head.fc_cls') == [*COCO_IDS, 0]
    assert COCO_IDS[:12] == (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13)
    assert COCO_IDS[-1] == 90
    assert imported.settings.norm_eps == 0


def test_newer_names_of_torchvision(states: States) -> None:
    def newer(name: str) -> str:
        if name.startswith('backbone.fpn'):
            return name.replace('.weight', '.0.weight').replace('.bias', '.0.bias')
        name = name.replace('rpn.head.conv.', 'rpn.head.conv.0.0.')
        for i in range(4):
            name = name.replace(f'mask_head.mask_fcn{i + 1}.', f'mask_head.{i}.0.')
        return name

    older = states['torchvision'](R50, 2)
    given = {newer(name): value for name, value in older.items()}
    assert given.keys() != older.keys()
    found, expected = translate(given).state, translate(older).state
    assert found.keys() == expected.keys()
    assert all(np.array_equal(found[name], expected[name]) for name in found)


@pytest.mark.parametrize('trunk', [R50, R101, X101], ids=str)
def test_backbone_of_caffe2(states: States, trunk: Trunk) -> None:
    given = states['caffe2'](trunk)
    imported = translate(given)
    assert imported.trunk == trunk
    assert imported.backbone_only
    assert set(imported.state) == set(resnet.TORCHVISION.names(trunk))
    assert imported.unused == ('fc1000_w', 'fc1000_b', 'conv1_b')
    last = given['res5_2_branch2c_bn_s']
    assert np.array_equal(imported.state['layer4.2.bn3.weight'], last)
    assert np.array_equal(imported.state['bn1.running_mean'], np.zeros(2))
    np.testing.assert_allclose(imported.state['bn1.running_var'] + 1e-5, 1)


def test_backbone_of_torchvision() -> None:
    names = [*resnet.TORCHVISION.names(R101), 'fc.weight', 'bn1.num_batches_tracked']
    given = {name: np.zeros((64, 64, 1, 1), np.float32) for name in names}
    imported = translate(given)
    assert (imported.trunk, imported.classes, imported.unused) == (R101, None, ('fc.weight',))
    assert imported.settings.pixels.rgb


def test_backbone_of_torchvision_with_names_of_detectron2() -> None:
    given = {name: np.zeros((64, 64, 1, 1)) for name in resnet.DETECTRON2.names(R50)}
    imported = translate(given)
    assert imported.settings.style == 'pytorch'
    assert set(imported.state) == set(resnet.TORCHVISION.names(R50))


def test_left_over_and_missing_are_listed(states: States) -> None:
    given = states['detectron2'](R50, 3)
    given['roi_heads.keypoint_head.weight'] = given['roi_heads.other'] = np.zeros(1)
    del given['roi_heads.box_head.fc1.bias'], given['backbone.fpn_output3.weight']
    with pytest.raises(UserError) as error:
        translate(given)
    assert str(error.value) == (
        '2 parameters are left over: roi_heads.keypoint_head.weight, roi_heads.other; '
        '2 parameters are missing: backbone.fpn_output3.weight, roi_heads.box_head.fc1.bias'
    )


def test_a_missing_statistic_is_missing_where_others_have_it(states: States) -> None:
    given = states['torchvision'](R50, 2)
    del given['backbone.body.bn1.running_var']
    with pytest.raises(UserError, match=r'parameter is missing: backbone\.body\.bn1\.running_var'):
        translate(given)


def test_counters_of_batch_norm_may_be_there_or_not(states: States) -> None:
    given = states['torchvision'](R50, 2)
    given['backbone.body.bn1.num_batches_tracked'] = np.zeros(())
    assert len(translate(given).state) == len(given) - 1


def test_other_depths_are_refused(states: States) -> None:
    given = states['detectron2'](R50, 3)
    given = {name: value for name, value in given.items() if '.res4.5.' not in name}
    with pytest.raises(UserError, match=r'has \(3, 4, 5, 3\) blocks; known are .* of a ResNet-50'):
        translate(given)


@pytest.mark.parametrize(
    ('trunk', 'style', 'std'), [(R101, 'caffe', 1.0), (X101, 'pytorch', 57.375)], ids=str
)
def test_settings_of_detectron2(states: States, trunk: Trunk, style: str, std: float) -> None:
    settings = translate(states['detectron2'](trunk, 3)).settings
    assert (settings.style, settings.pixels.std[0], settings.pixels.rgb) == (style, std, False)
    assert (settings.sampling_ratio, settings.aligned, settings.rounded_anchors) == (0, True, False)


def test_settings_in_the_file_are_believed(states: States) -> None:
    given = states['detectron2'](R50, 3)
    given['pixel_mean'] = np.array([123.675, 116.28, 103.53]).reshape(3, 1, 1)
    given['pixel_std'] = np.array([58.395, 57.12, 57.375]).reshape(3, 1, 1)
    heights = 12 * np.sqrt([0.5, 1, 2])
    cell = np.stack([-144 / heights, -heights, 144 / heights, heights], 1) / 2
    for level in range(5):
        given[f'proposal_generator.anchor_generator.cell_anchors.{level}'] = cell * 2**level
    settings = translate(given).settings
    assert settings.pixels.rgb
    assert settings.style == 'pytorch'
    assert settings.anchor_scales == (3.0,)
    given['proposal_generator.anchor_generator.cell_anchors.4'] = cell
    with pytest.raises(UserError, match='sizes that double from level to level'):
        translate(given)


def test_weights_in_what_trainings_save() -> None:
    bare = {'a': np.zeros(1)}
    for content in (bare, {'model': bare, 'optimizer': {}}, {'blobs': bare}, {'state_dict': bare}):
        assert weights_in(content) == bare
    for content in ([1], {}, {'model': {}}, {'a': np.zeros(1), 'b': 'text'}):
        with pytest.raises(UserError, match='it holds'):
            weights_in(content)


def test_unknown_networks_are_refused() -> None:
    with pytest.raises(UserError, match='no network that is known here'):
        translate({'encoder.weight': np.zeros(1)})
    with pytest.raises(UserError, match='not of a Mask R-CNN'):
        translate({'backbone.layer1.0.conv1.weight': np.zeros(1)})
