"""Pictures: instances on images, ground truth beside prediction, training curves.

Nothing is imported here, so that pictures and curves without a model load neither torch nor
mmdet; the registry looks for the visualizer in :mod:`mmnuc.visualization.visualizer` itself.
"""
