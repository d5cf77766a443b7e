"""Models with their weights: those that come with the project, published and imported ones."""
