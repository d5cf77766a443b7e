"""What comes with the project: its configs and the weights of its models."""

from collections.abc import Iterator

from mmnuc.doctor.check_result import SET_UP, CheckResult


def configs() -> Iterator[CheckResult]:
    """Are the configs of the experiments where mmnuc looks for them?"""
    from mmnuc.resources import folder_of

    folder = folder_of('configs')
    names = [path.relative_to(folder) for path in folder.rglob('*.py')]
    experiments = [name for name in names if name.parts[0] != '_base_']
    words = f'{len(experiments)} in {folder}'
    whole = bool(experiments) and len(names) > len(experiments)
    yield CheckResult('configs', whole, words, SET_UP)


def weights() -> Iterator[CheckResult]:
    """Is the file of each model there and whole, with its config beside it?"""
    from mmnuc.apis.model_zoo.pretrained import PRETRAINED, pretrained_weights
    from mmnuc.errors import UserError

    remedy = 'take the files from the project again'
    for model in PRETRAINED:
        try:
            path = pretrained_weights(model)
        except UserError as error:
            yield CheckResult('weights', False, str(error), remedy)
            continue
        config = path.with_suffix('.py')
        if config.is_file():
            yield CheckResult('weights', True, f'{path.name}, {path.stat().st_size / 1e6:.0f} MB')
        else:
            yield CheckResult('weights', False, f'{path} has no config {config.name}', remedy)
