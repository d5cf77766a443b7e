"""Draw the losses, the learning rate and the scores of one or several training runs."""

from mmnuc.cli.main import tool

if __name__ == '__main__':
    tool('plot-log')
