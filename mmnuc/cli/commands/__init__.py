"""The commands by name. Each is a module with ``add_arguments(parser)`` and ``run(args)``.

The modules import the standard library at their top and the rest when they run, so that help and
errors of arguments need not wait for torch.
"""

from typing import NamedTuple


class Command(NamedTuple):
    """One command.

    Attributes:
        module: Its module in this package.
        about: What it does, in a line.
    """

    module: str
    about: str


COMMANDS = {
    'convert': Command('convert', 'turn a data set into images, COCO files and a report'),
    'browse': Command('browse', 'draw the ground truth of a data set'),
    'train': Command('train', 'train the model of a config, or a published one on own images'),
    'test': Command('test', 'test a checkpoint: scores, or a submission'),
    'predict': Command('predict', 'find the nuclei of images of any size'),
    'ensemble': Command('ensemble', 'fuse several models, or several result files'),
    'evaluate': Command('evaluate', 'score result files of any tool against a ground truth'),
    'compare': Command('compare', 'several result files side by side, with a paired bootstrap'),
    'tune': Command('tune', 'find the score threshold and smallest area that score best'),
    'report': Command('report', 'write a report to look at: scores, curves, errors'),
    'plot-log': Command('plot_log', 'draw the losses and scores of training runs'),
    'validate': Command('validate', 'check a submission before a leaderboard does'),
    'import-weights': Command(
        'import_weights', 'take over weights of Detectron2, torchvision or MMDetection'
    ),
    'publish': Command('publish', 'make of a checkpoint a file for others, with a model card'),
    'models': Command('models', 'list the models that can be loaded by name'),
    'config': Command('config', 'list, print or copy the configs that come with the project'),
    'doctor': Command('doctor', 'is this machine ready? one line a check'),
    'demo': Command('demo', 'generate tiles, train, test and draw the results'),
    'test-checkpoints': Command('test_checkpoints', 'score every checkpoint of a folder'),
    'completion': Command('completion', 'print the completion script of a shell'),
}
