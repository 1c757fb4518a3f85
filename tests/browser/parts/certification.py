"""Certification: a certificate in force, one suspended, one being assessed, one refused; the pages of all sides."""

from typing import Any

from portal.accounts.sessions import actor_of
from portal.kit.db import transaction
from registry.certification.actions import assessing, deciding
from registry.certification.tasks import render
from tests.certification.conftest import REASON, build


def add(world: Any) -> None:
    """Make what the pages show."""
    bureau = build(world.make, world.db)
    granted = bureau.granted()
    render(str(granted))

    def more(number: str) -> Any:
        version = bureau.make.version(bureau.asset, number=number, runtime="base-py311")
        bureau.scan(version=version)
        return bureau.ask(version=version)

    suspended, refused, waiting, new = (more(f"1.{n}.0") for n in range(1, 5))
    for key in (suspended, refused, waiting):
        bureau.take(key)
    bureau.assess(suspended)
    bureau.grant(suspended)
    with transaction() as db:
        certifier = actor_of(db, bureau.certifier.id)
        deciding.suspend(
            db, certifier, certificate_id=suspended, reason="接到用户反映，待核查输出目录中的脚本。"
        )
        deciding.refuse(db, certifier, certificate_id=refused, reason=REASON)
        assessing.attach(
            db, actor_of(db, bureau.owner.id), certificate_id=waiting, code="site_test_report",
            filename="试用单位测试报告.pdf", data=b"%PDF-1.7",
        )  # fmt: skip
    number = bureau.row(granted).number
    world.people |= {"certificate_owner": bureau.owner, "certifier_free": bureau.certifier}
    one = "/certificates/{}".format
    space = world.db.get_one(type(bureau.owner.namespace), bureau.asset.namespace_id).slug
    here = f"/assets/{space}/landcover"
    world.pages[""] += [
        "/certificates", one(granted), one(suspended), f"/certificates/verify?number={number}", "/certificates/verify",
        "/certificates/profiles", "/certificates/profiles/base", "/certificates/profiles/generative", here,
        f"{here}/versions/1.0.0",
    ]  # fmt: skip
    world.pages["certificate_owner"] = [
        "/me/certificates", one(waiting), one(refused), one(new), f"{here}/versions/1.0.0/certify",
    ]  # fmt: skip
    world.pages["certifier_free"] = [
        "/certificates/queue", "/certificates/queue?tab=suspended", f"{one(waiting)}/assess", one(new), one(granted),
        "/certificates/profiles/base/edit",
    ]  # fmt: skip
