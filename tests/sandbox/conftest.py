# The suite runs itself once more as an ordinary user, without the other conftest files: so the fixtures have a module.
from tests.sandbox.fixtures import backend, cold, runtime, target, victim, warmed, work

__all__ = ["backend", "cold", "runtime", "target", "victim", "warmed", "work"]
