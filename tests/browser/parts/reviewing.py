"""Reviewing: the queue, a review in every state, the discussion and the answer, the secretariat's view."""

import datetime as dt
from typing import Any

from portal.kit.clock import now
from portal.reviews.reviewing import actions, forms
from portal.reviews.reviewing.actions import answering, discussing
from portal.reviews.rounds.models import Calibration, Phase, SeatState
from tests.reviews.reviewing.conftest import WORDS, review
from tests.reviews.rounds import Fixed, fixed_round

TEXT = (
    "## 方法\n\n以多时相遥感影像识别建设用地扩张，给出**像元级**置信度。\n\n- 数据：公开影像\n- 验证：分层抽样\n\n"
    + WORDS * 12
)


def written(world: Any, phase: Phase = Phase.review, **shape: Any) -> Fixed:
    """A round whose first submission three experts have reviewed."""
    found = fixed_round(world.make, world.db, experts=4, shape=shape)
    found.submissions[0].text = TEXT
    found.submissions[0].evidence = [
        {"label": "Benchmark", "value": "F1 0.87", "url": "/benchmarks", "level": "good"},
        {"label": "Certificate", "value": "GB/T", "url": "", "level": "neutral"},
    ]
    world.db.add(found.submissions[0])
    world.db.commit()
    for expert in range(3):
        found.seat(0, expert, deadline_at=now() + dt.timedelta(days=6))
        given = {"round_id": found.round.id, "number": 1}
        found.do(actions.save, found.experts[expert], given=review(private_note="附言"), **given)
        found.do(actions.submit, found.experts[expert], revision=1, **given)
    found.stage(phase)
    return found


def add(world: Any) -> None:
    """Make what the pages show."""
    open_, talk, answer = written(world), written(world), written(world, Phase.rebuttal)
    world.people |= {
        "reviewer": open_.experts[0], "beginner": open_.experts[3], "debater": talk.experts[0],
        "lead": answer.applicants[0],
    }  # fmt: skip
    _seats(world, open_)
    _talk(world, talk)
    _answer(world, answer)


def _seats(world: Any, found: Fixed) -> None:
    found.seat(1, 0, SeatState.draft, marks={"merit": 4.0}, deadline_at=now() + dt.timedelta(hours=20))
    found.seat(
        2, 0, SeatState.returned, state_reason="过于简短：请补充依据", marks={"merit": 3.0, "use": 2.0}
    )
    past = fixed_round(world.make, world.db, submissions=0, experts=0, phase=Phase.panel)
    world.db.add(
        Calibration(
            round_id=past.round.id,
            account_id=found.experts[0].id,
            told={"reviews": 9, "mean": 71.2, "spread": 11.0, "typical_spread": 14.0, "severity": -3.1,
                  "low": -6.0, "high": -0.2, "agreement": 0.6},
        )
    )  # fmt: skip
    world.db.commit()
    base = f"/rounds/{found.round.id}/submissions"
    world.pages["reviewer"] = [
        "/me/reviews", "/me/reviews?tab=done", "/me/reviews/calibration", f"{base}/1/review",
        f"{base}/1/review/receipt", f"{base}/2/review", f"{base}/3/review",
    ]  # fmt: skip
    world.pages["beginner"] = ["/me/reviews", "/me/reviews?tab=done", "/me/reviews/calibration"]
    world.pages["secretariat"] += [f"{base}/1/reviews"]


def _talk(world: Any, found: Fixed) -> None:
    found.stage(Phase.discussion)
    given = {"round_id": found.round.id, "number": 1}
    for expert, said in ((0, "各位对数据来源怎么看？"), (1, "来源可靠，**但**样本偏少。"), (2, "撤回的话")):
        found.do(discussing.say, found.experts[expert], given=forms.MessageForm(text=said), **given)
    found.do(discussing.withdraw, found.experts[2], message=3, **given)
    new = forms.RevisionForm(marks={"merit": 3, "use": 3}, reason="同意样本偏少的意见")
    found.do(discussing.revise, found.experts[1], given=new, **given)
    base = f"/rounds/{found.round.id}/submissions/1"
    world.pages["debater"] = [f"{base}/discussion", f"{base}/reviews"]
    world.pages["secretariat"] += [f"{base}/discussion"]


def _answer(world: Any, found: Fixed) -> None:
    given = forms.RebuttalForm(revision=0, text="感谢意见。样本量在附件二中有说明，共一千二百个。")
    found.do(answering.save, found.applicants[0], round_id=found.round.id, number=1, given=given)
    world.pages["lead"] = [f"/rounds/{found.round.id}/submissions/1/rebuttal"]
