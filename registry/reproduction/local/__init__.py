"""A pack run on this machine: no database, no network, the same jails as a worker's."""
