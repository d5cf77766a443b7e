"""Stands in for mmcv's compiled operators when none are installed."""


def install() -> None:
    """Put the import finder at the end of ``sys.meta_path``, once."""
