"""The demo's public notices: one that runs, with an objection that was decided, and one that ended without any."""

import datetime as dt
import uuid

from portal.demo.cast import UNITS
from portal.demo.people import actor
from portal.kit.clock import now
from portal.kit.db import Session, transaction
from portal.reviews.calendar.counting import notice as period
from portal.reviews.calendar.days import YearUnknown
from portal.reviews.publicity import holidays, queries
from portal.reviews.publicity.actions import notices, objections
from portal.reviews.publicity.actions.common import locked
from portal.reviews.publicity.forms import NoticeForm, ObjectionForm
from portal.reviews.publicity.models import Ground

AGO = dt.timedelta(days=30)
RUNNING = NoticeForm(
    title_zh="2026年度规划实施监测算法评审结果公示（演示）",
    title_en="Results of the 2026 review of monitoring algorithms (demo)",
    body_zh="经专家评审与会议评议，现将拟入选成果予以公示。对公示内容有异议的，可在公示期内**实名**提出。（虚构）",
    body_en="After reviews and the panel's vote, these works are to be taken in. Object **by name**. (Made up)",
    lines="城市建成区提取算法：拟入选\n耕地占补图斑识别模型：拟入选\n公共服务设施可达性评估工具：备选",
    working_days=5,
)
CLEAN = NoticeForm(
    title_zh="专家库增补人选公示（演示）",
    title_en="Experts to be added to the pool (demo)",
    body_zh="现将拟增补入库的专家人选予以公示。（虚构）",
    body_en="These experts are to be added to the pool. (Made up)",
    working_days=5,
)
GROUNDS = "拟入选的第二项成果与去年公开的一项成果图斑编号规则相同，请核查是否重复申报。（虚构）"
REASON = "经核查，两项成果数据来源与方法均不同，编号规则系行业标准所定，不构成重复申报。（虚构）"


def ensure_publicity() -> bool:
    """Make both notices, once; whether anything was made. None where they would lead into a year nobody knows yet."""
    with transaction() as db:
        if queries.public_list(db, size=1).rows:
            return False
        try:
            period(now(), RUNNING.working_days, holidays.extra())
        except YearUnknown:
            return False
        ended = _up(db, CLEAN)
        row = locked(db, ended)
        counted = period(now() - AGO, row.working_days, holidays.extra())
        row.starts_at, row.last_day, row.deadline_at = counted.start, counted.last_day, counted.end
        row.days_off = [day.isoformat() for day in counted.days_off]
        db.add(row)
        db.flush()
        notices.end_due(db, ended)
        _objected(db, _up(db, RUNNING))
    return True


def _up(db: Session, given: NoticeForm) -> uuid.UUID:
    secretary = actor(db, "secretary")
    made = notices.draft(db, secretary, given=given, demo=True)
    return notices.start(db, secretary, notice_id=made.id).id


def _objected(db: Session, notice_id: uuid.UUID) -> None:
    given = ObjectionForm(ground=Ground.qualification, text=GROUNDS)
    made = objections.file(db, actor(db, UNITS[0].admin), notice_id=notice_id, given=given)
    secretary = actor(db, "secretary")
    objections.examine(db, secretary, objection_id=made.id)
    objections.decide(db, secretary, objection_id=made.id, upheld=False, reason=REASON)
