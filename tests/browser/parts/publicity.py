"""Public notices: one that runs with objections, one completed, a draft; the pages of all sides."""

from typing import Any

from portal.accounts.sessions import actor_of
from portal.kit.clock import now
from portal.kit.db import transaction
from portal.reviews.publicity.actions import deadlines, notices, objections
from portal.reviews.publicity.forms import NoticeForm, ObjectionForm
from portal.reviews.publicity.models import Ground

BODY = "现将本轮评审结果予以**公示**。公示期内，身份已确认的成员可实名提出异议。\n"
REASON = "经核查，异议所指数据来自旧版底图，与公示成果无关。"


def add(world: Any) -> None:
    """Make what the pages show."""
    member = world.make.account("尤可异")
    world.make.organisation("公示成员单位", admin=member)
    world.people |= {"objector": member}
    running, done, draft = (
        _notice(world, title) for title in ("评审结果公示", "专家库增补公示", "下一轮公示")
    )
    with transaction() as db:
        secretary, me = _as(db, world, "secretariat"), _as(db, world, "objector")
        for each in (running, done):
            notices.start(db, secretary, notice_id=each)
        first, second = (
            objections.file(
                db, me, notice_id=each,
                given=ObjectionForm(ground=Ground.facts, text="成果二所用底图与公开版本不一致，见附图三。"),
            ).id
            for each in (done, running)
        )  # fmt: skip
        objections.examine(db, secretary, objection_id=first)
        objections.decide(db, secretary, objection_id=first, upheld=False, reason=REASON)
        objections.examine(db, secretary, objection_id=second)
    with transaction() as db:
        row = notices.locked(db, done)
        row.deadline_at = now()
        db.add(row)
    with transaction() as db:
        deadlines.run(db)
    public = ["/publicity", f"/publicity/{running}", f"/publicity/{done}"]
    world.pages.setdefault("", []).extend(public)
    world.pages.setdefault("objector", []).extend(
        [f"/publicity/{running}/object", f"/publicity/objections/{second}", "/me/objections"]
    )
    world.pages.setdefault("secretariat", []).extend(
        [
            "/admin/publicity", "/admin/publicity?tab=drafts", "/admin/publicity/new",
            f"/admin/publicity/{draft}", f"/publicity/objections/{second}",
        ]
    )  # fmt: skip


def _as(db: Any, world: Any, who: str) -> Any:
    return actor_of(db, world.people[who].id)


def _notice(world: Any, title: str) -> Any:
    given = NoticeForm(
        title_zh=title, title_en="Notice", body_zh=BODY, lines="成果一：入选\n成果二：备选", working_days=5
    )
    with transaction() as db:
        return notices.draft(db, _as(db, world, "secretariat"), given=given).id
