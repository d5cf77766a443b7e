"""What is wrong is said in one line that names the nearest right word."""

import pytest

from mmnuc.cli.main import parse

WRONG = {
    'command': (
        ['predcit', 'a.png'],
        'mmnuc: error: no command "predcit": did you mean "predict"?',
    ),
    'command with a dash': (['plotlog'], 'mmnuc: error: no command "plotlog": did you mean "plot-'),
    'no such thing': (['xyz'], 'mmnuc: error: no command "xyz": there are convert, browse, train'),
    'command below': (
        ['ensemble', 'modls'],
        'mmnuc ensemble: error: no command "modls": did you mean "models"?',
    ),
    'option': (
        ['predict', 'a.png', '--ot', 'x'],
        'mmnuc predict: error: no option "--ot": did you mean "--out"?',
    ),
    'option with its value': (
        ['report', 'a', 'b', '--score-threshold=0.5'],
        'mmnuc report: error: no option "--score-threshold": did you mean "--score-thr"?',
    ),
    'option of a command below': (
        ['ensemble', 'results', 'i', 'a', '--out', 'o', '--wieghts', '1'],
        'mmnuc ensemble results: error: no option "--wieghts": did you mean "--weights"?',
    ),
    'abbreviated': (
        ['train', 'a.py', '--work', 'x'],
        'mmnuc train: error: no option "--work": did you mean "--work-dir"?',
    ),
    'nothing like it': (
        ['demo', '--xyz'],
        'mmnuc demo: error: no option "--xyz": mmnuc demo --help lists them',
    ),
    'option of all': (
        ['--versoin'],
        'mmnuc: error: no option "--versoin": did you mean "--version',
    ),
    'choice': (
        ['browse', 'a.py', '--style', 'gray'],
        'mmnuc browse: error: no choice "gray" of --style: did you mean "grey"?',
    ),
    'choice by position': (
        ['convert', 'dsb-2018', 'a', 'b'],
        'mmnuc convert: error: no choice "dsb-2018" of FORMAT: did you mean "dsb2018"?',
    ),
    'choice of several': (
        ['predict', 'a.png', '--format', 'csv', 'geojsn'],
        'mmnuc predict: error: no choice "geojsn" of --format: did you mean "geojson"?',
    ),
    'no choice like it': (
        ['train', 'a.py', '--launcher', 'xyz'],
        'mmnuc train: error: no choice "xyz" of --launcher: there are none, pytorch, slurm',
    ),
    'one too many': (['train', 'a.py', 'b.py'], 'mmnuc train: error: "b.py" is one argument too'),
    'no number': (['demo', '--seed', 'a'], 'mmnuc demo: error: argument --seed: invalid int value'),
    'missing': (['report', 'a'], 'mmnuc report: error: the following arguments are required: pred'),
}


@pytest.mark.parametrize(('words', 'said'), WRONG.values(), ids=WRONG)
def test_one_line(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        parse(words)
    assert end.value.code == 2
    printed = capsys.readouterr()
    assert printed.out == ''
    assert len(printed.err.splitlines()) == 1
    assert printed.err.startswith(said)


HIDDEN = {
    '--draws': (['evaluate', 'a', 'b', '--draws', '7'], 'n_resamples', 7),
    '--no-mend': (['test', 'a.py', 'b.pth', '--no-mend'], 'merge', False),
    '--local-rank': (['train', 'a.py', '--local-rank', '1'], 'local_rank', 1),
}


@pytest.mark.parametrize(('words', 'name', 'value'), HIDDEN.values(), ids=HIDDEN)
def test_old_names_are_taken_and_not_shown(
    words: list[str], name: str, value: object, capsys: pytest.CaptureFixture[str]
) -> None:
    assert getattr(parse(words), name) == value
    with pytest.raises(SystemExit):
        parse([words[0], '--help'])
    old = next(word for word in words if word.startswith('--'))
    assert old not in capsys.readouterr().out


def test_hidden_options_keep_the_defaults() -> None:
    assert parse(['evaluate', 'a', 'b']).n_resamples == 1000
    assert parse(['test', 'a.py', 'b.pth']).merge is True
