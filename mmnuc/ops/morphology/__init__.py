"""The shape of each mask: connected components, holes, outlines, touching nuclei, sizes."""
