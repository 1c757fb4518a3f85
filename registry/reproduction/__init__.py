"""Results made again: what a result allows, the pack that holds everything needed, and the run that compares."""
