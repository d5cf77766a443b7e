"""What is read of each file of a run."""

import pickle

from mmnuc.images.options import ReadOptions
from mmnuc.images.pixel_size import PixelSize
from mmnuc.images.pixel_size_table import PixelSizeTable
from mmnuc.images.reading import Reading

TABLE = PixelSizeTable({'a.tif': PixelSize(0.5, 0.25)})


def test_the_size_of_a_single_image_counts_before_that_of_all() -> None:
    reading = Reading(ReadOptions(series=2, pixel_size=PixelSize(1, 1)), TABLE)
    assert reading.of('x/a.tif') == ReadOptions(series=2, pixel_size=PixelSize(0.5, 0.25))
    assert reading.of('x/b.tif') == ReadOptions(series=2, pixel_size=PixelSize(1, 1))
    assert Reading().of('a.tif') == ReadOptions()


def test_settings_are_plain_data_and_say_what_was_chosen() -> None:
    chosen = {key: value for key, value in Reading().settings().items() if value is not None}
    assert chosen == {}
    reading = Reading(ReadOptions(channels=('DAPI',), value_range=(0, 9)), TABLE)
    chosen = {key: value for key, value in reading.settings().items() if value is not None}
    assert chosen == {
        'channels': ['DAPI'],
        'value_range': [0, 9],
        'pixel_sizes': {'a.tif': [0.5, 0.25]},
    }


def test_other_processes_can_have_it() -> None:
    reading = Reading(ReadOptions(channels=(1, 2, 3)), TABLE)
    assert pickle.loads(pickle.dumps(reading)) == reading
