"""Two versions of an asset side by side: files, card, parameters, scores."""
