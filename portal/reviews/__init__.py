"""Expert reviews: rounds, conflicts, assignment, scores, panels, letters and appeals for any object of the portal."""
