"""The operator's commands, one module each; every module lists its own in ``COMMANDS``."""
