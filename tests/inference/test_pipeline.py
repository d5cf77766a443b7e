"""What a config says about its test images."""

import pytest
from mmengine.config import Config

from mmnuc.errors import UserError
from mmnuc.inference.pipeline import class_names_of, image_steps, pipeline_of, reads_files

STEPS = [
    dict(type='mmnuc.LoadNucleiImage'),
    dict(type='mmnuc.LoadNucleiAnnotations', with_mask=True),
    dict(type='Resize', scale=(10, 10)),
    dict(type='PackDetInputs'),
]


def config(**dataset: object) -> Config:
    """A test set that is wrapped in another, as mmdet's repeated ones are."""
    inner = dict(type='mmnuc.NucleiDataset', pipeline=STEPS, **dataset)
    return Config(dict(test_dataloader=dict(dataset=dict(type='Repeat', dataset=inner))))


def test_steps_are_those_of_the_innermost_data_set() -> None:
    steps = pipeline_of(config())
    assert [reads_files(step) for step in steps] == [True, True, False, False]
    assert [step['type'] for step in image_steps(steps)] == ['mmnuc.LoadNucleiImage']


def test_no_pipeline() -> None:
    with pytest.raises(UserError, match='no val_dataloader with a pipeline'):
        pipeline_of(config(), 'val_dataloader')


NAMES = {
    'of the class': ({}, ('nucleus',)),
    'of the config': (dict(metainfo=dict(classes=('a', 'b'))), ('a', 'b')),
    'one as text': (dict(metainfo=dict(classes='a')), ('a',)),
}


@pytest.mark.parametrize(('dataset', 'names'), NAMES.values(), ids=NAMES)
def test_class_names(dataset: dict[str, object], names: tuple[str, ...]) -> None:
    assert class_names_of(config(**dataset)) == names


def test_no_class_names() -> None:
    with pytest.raises(UserError, match='names no classes'):
        class_names_of(Config(dict(test_dataloader=dict(dataset=dict(pipeline=STEPS)))))
