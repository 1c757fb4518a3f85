"""The command-line client: speaks to any portal over ``/api/v1`` by its address and a token, and to nothing else."""
