"""Truths that are outlines: every command that scores takes the sizes from the images."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from mmnuc.cli.main import main
from mmnuc.errors import UserError

COMMANDS = {
    'evaluate': ('evaluate', '{gt}', '{pred}', '--n-resamples', '5'),
    'compare': ('compare', '{gt}', 'one={pred}', 'two={pred}', '--n-resamples', '5'),
    'tune': ('tune', '{gt}', '{pred}', '--thresholds', '0.5'),
    'report': ('report', '{gt}', '{pred}', '--out', '{out}'),
}


def outlines(folder: Path, *corners: int) -> Path:
    """QuPath's GeoJSON, which does not say how large the image is."""
    folder.mkdir()
    squares = [[[x, x], [x + 9, x], [x + 9, x + 9], [x, x + 9], [x, x]] for x in corners]
    features = [
        {
            'type': 'Feature',
            'properties': {'objectType': 'annotation'},
            'geometry': {'type': 'Polygon', 'coordinates': [ring]},
        }
        for ring in squares
    ]
    content = {'type': 'FeatureCollection', 'features': features}
    (folder / 'a.geojson').write_text(json.dumps(content))
    return folder


@pytest.mark.parametrize('words', COMMANDS.values(), ids=COMMANDS)
def test_sizes_come_from_the_images(tmp_path: Path, capsys, words: tuple[str, ...]) -> None:
    places = {'gt': outlines(tmp_path / 'gt', 3, 20), 'pred': outlines(tmp_path / 'pred', 3, 20)}
    places['out'] = tmp_path / 'report.html'
    command = [word.format(**places) for word in words]
    with pytest.raises(UserError, match='--images'):
        main(command)
    images = tmp_path / 'images'
    images.mkdir()
    cv2.imwrite(str(images / 'a.png'), np.zeros((40, 50, 3), np.uint8))
    main([*command, '--images', str(images)])
    said = capsys.readouterr().out
    assert '1.0000' in said or 'report.html: 1 images' in said
