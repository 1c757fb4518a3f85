"""Reading conflicts and runs, and the world they are read from."""
