"""Where assets were adopted, for their lineage: the provinces in which organisations use one of their versions."""

import uuid
from collections.abc import Collection
from urllib.parse import quote

from portal.kit.actor import Actor
from portal.kit.db import Session
from portal.kit.i18n import _, get_locale
from registry.benchmarks.divisions import PROVINCES
from registry.lineage.graph import SOURCES, Edge, Found, Node, asset_key
from registry.promotion.adoption import by_province


def adopted(db: Session, _actor: Actor, ids: Collection[uuid.UUID]) -> Found:
    """A province for each that uses one of these assets, with how many organisations do; as public as the map."""
    found, named = by_province(db, ids)
    english = get_locale() == "en"
    edges, nodes = [], []
    for code, province in found.items():
        users: dict[uuid.UUID, set[str]] = {}
        for version_id, use in province.uses.items():
            users.setdefault(named[version_id].asset_id, set()).update(use.who)
        here = PROVINCES[code]
        key = f"province:{code}"
        only = next((row for row in named.values() if len(users) == 1 and row.asset_id in users), None)
        narrowed = f"?asset={quote(only.namespace)}/{quote(only.name)}" if only is not None else ""
        nodes.append(
            Node(
                key, here.name_en if english else here.name_zh, _("adopted here"),
                f"/promotions/map{narrowed}#p{code}", "text",
            )
        )  # fmt: skip
        for asset_id, who in users.items():
            words = _("used by %(n)s", n=len(who))
            edges.append(Edge(asset_key(asset_id), key, words))
    return Found(edges, nodes)


SOURCES.register("adoption", adopted, ends=True)
