"""Check a submission before a leaderboard does: every fault by entry."""

from mmnuc.cli.main import tool

if __name__ == '__main__':
    tool('validate')
