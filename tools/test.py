"""Test a checkpoint: scores, or a submission, as the config's test_evaluator says."""

from mmnuc.cli.main import tool

if __name__ == '__main__':
    tool('test')
