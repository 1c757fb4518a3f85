"""CSPON Commons: the portal itself and what every other package stands on."""
