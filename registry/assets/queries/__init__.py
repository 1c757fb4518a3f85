"""Reading assets. Lists start from ``visible(actor)``, single things from ``readable(actor)``."""

from registry.assets.queries.facets import Facets, facets
from registry.assets.queries.listing import Filters, exported, light_page, rows_of, search
from registry.assets.queries.objects import (
    accounts_of_namespaces,
    authors_of,
    by_full_names,
    count_download,
    detail,
    forget_parts,
    get_for_change,
    known_tags,
    namespaces_of_actor,
    readable,
    relations_of,
    scenarios_of,
    tags_of,
    visible,
)

__all__ = [
    "Facets",
    "Filters",
    "accounts_of_namespaces",
    "authors_of",
    "by_full_names",
    "count_download",
    "detail",
    "exported",
    "facets",
    "forget_parts",
    "get_for_change",
    "known_tags",
    "light_page",
    "namespaces_of_actor",
    "readable",
    "relations_of",
    "rows_of",
    "scenarios_of",
    "search",
    "tags_of",
    "visible",
]
