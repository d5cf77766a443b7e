"""Chains: built from a config, run on instances and on nuclei, attached to a model."""

import copy
import doctest
import pickle
import threading
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from mmdet.structures import DetDataSample
from mmengine.config import Config
from mmengine.model import BaseModel
from mmengine.registry import DefaultScope, init_default_scope
from mmengine.structures import InstanceData

from mmnuc.engine.hooks import PostProcessHook
from mmnuc.errors import UserError
from mmnuc.images.pixel_size import PixelSize
from mmnuc.models.post_processing import Chain, MaskNMS, TopK, attach, chain, chain_of
from mmnuc.structures import Nuclei
from mmnuc.structures.host import POST_PROCESSED

BEST = [dict(type='mmnuc.TopK', k=1)]
LABELS = np.array([[1, 1, 0, 2, 2, 2], [0, 0, 0, 3, 3, 3]])


def nuclei() -> Nuclei:
    return Nuclei.from_label_map(
        LABELS, scores=[0.9, 0.8, 0.7], labels=[0, 1, 1], class_names=('a', 'b'), pixel_size=0.5
    )


def test_example() -> None:
    assert doctest.testmod(chain).failed == 0


@pytest.mark.parametrize('scope', ['mmdet', 'mmengine', 'mmnuc'])
def test_steps_of_a_config_in_any_scope(scope: str, caplog) -> None:
    with DefaultScope.overwrite_default_scope(scope):
        built = Chain([*BEST, dict(type='MaskNMS', by='smaller'), TopK(3)])
    assert built.steps == (TopK(1), MaskNMS(by='smaller'), TopK(3))
    assert caplog.text == ''


def test_steps_run_in_order() -> None:
    keep_two, drop_first = dict(type='mmnuc.TopK', k=2), dict(type='mmnuc.SizeLimits', low=3)
    assert Chain([keep_two, drop_first]).on(nuclei()).scores.tolist() == pytest.approx([0.8])
    assert Chain([drop_first, keep_two]).on(nuclei()).scores.tolist() == pytest.approx([0.8, 0.7])


def test_nuclei_tell_names_and_pixels() -> None:
    steps = [
        dict(type='mmnuc.ScoreThreshold', thresholds=dict(b=0.75)),
        dict(type='mmnuc.SizeLimits', low=0.6, unit='um'),
    ]
    done = Chain(steps).on(nuclei())
    assert (done.class_names, done.pixel_size) == (('a', 'b'), PixelSize(0.5, 0.5))
    assert done.labels.tolist() == [1]
    assert done.areas.tolist() == [3]


def test_no_steps_and_no_nuclei() -> None:
    assert Chain().on(nuclei()).areas.tolist() == [2, 3, 3]
    assert len(Chain(BEST).on(Nuclei.empty(4, 5))) == 0


def test_metainfo_stays_as_it_was(drawn) -> None:
    found = drawn(['#.', '.#'], [0.5, 0.9])
    done = Chain(BEST)(found, class_names=('a',), pixel_size=0.5)
    assert done.metainfo == found.metainfo == dict(img_id=7)


WRONG = {
    'a name': ([dict(type='mmnuc.Sharpen')], 'called mmnuc.Sharpen; there are mmnuc.Chain, '),
    'no name': ([dict(k=1)], 'a dict with a type'),
    'a setting': ([dict(type='mmnuc.TopK', most=1)], "'most'"),
    'a value': ([dict(type='mmnuc.TopK', k=-1)], 'not -1'),
    'a word': (['mmnuc.TopK'], "not 'mmnuc.TopK'"),
    'one step': (BEST[0], 'a list of steps'),
}


@pytest.mark.parametrize(('steps', 'words'), WRONG.values(), ids=WRONG)
def test_a_wrong_step(steps, words: str) -> None:
    with pytest.raises(UserError, match=words):
        Chain(steps)


def test_the_chain_of_an_experiment() -> None:
    other = dict(type='mmnuc.RandomStateHook')
    ours = dict(type='mmnuc.PostProcessHook', chain=BEST)
    assert chain_of(Config(dict(custom_hooks=[other, ours]))).steps == (TopK(1),)
    by_class = SimpleNamespace(get=lambda _: [dict(type=PostProcessHook, chain=BEST)])
    assert chain_of(by_class).steps == (TopK(1),)
    assert chain_of(Config(dict(custom_hooks=[other]))) is None
    assert chain_of(Config(dict())) is None
    with pytest.raises(UserError, match='2 PostProcessHooks'):
        chain_of(Config(dict(custom_hooks=[ours, ours])))


class Network(BaseModel):
    """Finds the same three nuclei in every image."""

    def forward(self, inputs, mode, **_):
        if mode != 'predict':
            return {}
        if inputs is None:
            raise KeyboardInterrupt
        found = nuclei()
        sample = DetDataSample()
        sample.pred_instances = InstanceData(
            bboxes=torch.from_numpy(found.boxes_xyxy).float(),
            scores=torch.from_numpy(found.scores),
            labels=torch.from_numpy(found.labels),
            masks=found.masks,
        )
        return [sample, DetDataSample()]


class OneStep(Network):
    """A network whose test is its validation."""

    def test_step(self, data):
        return self.val_step(data)


class Wrapper(BaseModel):
    """As distributed wrappers are built."""

    def __init__(self, module: BaseModel) -> None:
        super().__init__()
        self.module = module

    def forward(self, **data):
        return self.module(**data)

    def val_step(self, data):
        return self.module.val_step(data)

    def test_step(self, data):
        return self.module.test_step(data)


class Halving:
    """A chain that keeps the first half, rounded up: twice is not once."""

    def __call__(self, instances, **told):
        assert told == dict(class_names=('a', 'b'), pixel_size=0.5)
        return instances[: (len(instances) + 1) // 2]


BATCH = dict(inputs=torch.zeros(1))
TOLD = dict(class_names=('a', 'b'), pixel_size=0.5)


def found_by(model: BaseModel) -> tuple[int, int]:
    return tuple(len(step(BATCH)[0].pred_instances) for step in (model.val_step, model.test_step))


@pytest.mark.parametrize(
    'model',
    [Network(), OneStep(), Wrapper(Network()), Wrapper(OneStep())],
    ids=['network', 'test is val', 'wrapped', 'wrapped, test is val'],
)
def test_attached_and_removed(model: BaseModel) -> None:
    before = set(vars(model))
    handle = attach(model, Halving(), **TOLD)
    assert found_by(model) == found_by(model) == (2, 2)
    handle.remove()
    handle.remove()
    assert found_by(model) == (3, 3)
    assert set(vars(model)) == before


def test_what_is_post_processed_already_passes() -> None:
    """What was seen at another scale is post-processed there."""

    class Done(Network):
        def forward(self, inputs, mode, **rest):
            samples = super().forward(inputs, mode, **rest)
            samples[0].set_metainfo({POST_PROCESSED: True})
            return samples

    with attach(Done(), Halving(), **TOLD) as handle:
        assert len(handle.predict('test_step', BATCH)[0].pred_instances) == 3
        assert len(handle.finish(Done().forward(BATCH, 'predict'))[0].pred_instances) == 3
        assert len(handle.finish(Network().forward(BATCH, 'predict'))[0].pred_instances) == 2


def test_a_chain_attaches_itself_for_a_while() -> None:
    model = Network()
    with Chain(BEST).attach(model):
        assert found_by(model) == (1, 1)
    assert found_by(model) == (3, 3)


@pytest.mark.parametrize('outer', [True, False])
def test_two_chains_never_run_one_after_the_other(outer: bool) -> None:
    model = Wrapper(Network())
    with (
        attach(model if outer else model.module, Halving(), **TOLD),
        pytest.raises(ValueError, match='already'),
    ):
        attach(model, Halving(), **TOLD)


def test_once_even_if_it_is_interrupted() -> None:
    model = Network()
    attach(model, Halving(), **TOLD, once=True)
    assert found_by(model) == (2, 3)
    attach(model, Halving(), **TOLD, once=True)
    with pytest.raises(KeyboardInterrupt):
        model.test_step(dict(inputs=None))
    assert found_by(model) == (3, 3)


def test_what_stood_in_for_a_step_comes_back() -> None:
    model = Network()
    model.test_step = lambda data: [
        Network.test_step(model, data)[0],
        DetDataSample(metainfo=dict(mine=True)),
    ]
    with attach(model, Halving(), **TOLD):
        found = model.test_step(BATCH)
        assert len(found[0].pred_instances) == 2
    assert model.test_step(BATCH)[1].mine
    assert 'val_step' not in vars(model)


@pytest.mark.parametrize('twin', [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_a_copy_of_the_model_is_its_own(twin) -> None:
    model = Network()
    with attach(model, Halving(), **TOLD):
        copied = twin(model)
    assert copied.test_step.handle._model is copied
    assert found_by(copied) == (2, 2)
    assert found_by(model) == (3, 3)


def test_threads_side_by_side() -> None:
    model, counts = Network(), []
    with attach(model, Halving(), **TOLD):
        threads = [
            threading.Thread(target=lambda: counts.append(found_by(model))) for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert counts == [(2, 2)] * 8


def test_registers_with_the_prefix() -> None:
    init_default_scope('mmdet')
    assert len(Chain([dict(type='mmnuc.Chain', steps=BEST)]).on(nuclei())) == 1
