"""Runtimes: what a submission's program finds in its jail. Built from locked lists, never at run time."""

from registry.sandbox.runtimes.build import build
from registry.sandbox.runtimes.copying import tree_digest
from registry.sandbox.runtimes.definitions import FAMILIES, default_names, parse_name
from registry.sandbox.runtimes.places import common_folder, default_root, enterable, own_folder, shared_folder
from registry.sandbox.runtimes.runtime import Runtime, built, find

__all__ = [
    "FAMILIES",
    "Runtime",
    "build",
    "built",
    "common_folder",
    "default_names",
    "default_root",
    "enterable",
    "find",
    "own_folder",
    "parse_name",
    "shared_folder",
    "tree_digest",
]
