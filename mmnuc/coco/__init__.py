"""COCO json files: read one entry at a time, and their segmentations."""
