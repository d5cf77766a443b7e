"""Score every checkpoint of a folder on the validation set and name the best."""

from mmnuc.cli.main import tool

if __name__ == '__main__':
    tool('test-checkpoints')
