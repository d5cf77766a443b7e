"""Write a report to look at: scores, curves, ranking, and the errors on the images."""

from mmnuc.cli.main import tool

if __name__ == '__main__':
    tool('report')
