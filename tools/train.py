"""Train the model of a config."""

from mmnuc.cli.main import tool

if __name__ == '__main__':
    tool('train')
