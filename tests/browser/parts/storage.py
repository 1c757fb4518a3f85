"""What takes room, the state of the store with a damaged file, and an upload that was broken off."""

from typing import Any

from portal.accounts.sessions import actor_of
from portal.kit.db import transaction
from registry.storage import actions
from registry.storage.forms import UploadInput
from registry.storage.models import Damage, StoreFinding


def add(world: Any) -> None:
    """The researcher's room and draft; the administrator's view of the store."""
    mine = world.scene.researcher
    with transaction() as db:
        given = UploadInput(path="权重/模型-城镇开发边界.bin", size=700 * 2**20)
        actions.begin(db, actor_of(db, mine.id), version_id=world.draft.id, given=given)
        file = world.make.blob("损坏的文件".encode())
        db.add(StoreFinding(sha256=file.sha256, size=file.size, damage=Damage.damaged))
    world.pages["researcher"] += [f"/storage/{mine.namespace.slug}", f"/storage/{world.unit.namespace.slug}"]
    world.pages["system_admin"] += ["/admin/storage"]
