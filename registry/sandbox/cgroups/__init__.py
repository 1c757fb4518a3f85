"""Control groups: the only true limit on a jail's memory, and its meter."""

from registry.sandbox.cgroups.base import JobGroup, Tree, Usage
from registry.sandbox.cgroups.find import find_tree

__all__ = ["JobGroup", "Tree", "Usage", "find_tree"]
