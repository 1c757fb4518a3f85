"""Which events of public notices the public log shows: their changes of state, once they were put up."""

from collections.abc import Sequence

from portal.audit.publicity import Shown, register
from portal.kit.db import Session
from portal.kit.i18n import get_locale
from portal.kit.ids import parse_id
from portal.reviews.publicity import queries
from portal.reviews.publicity.models import NoticeState

VERBS = {
    f"public_notice.{state.value}": state.label for state in NoticeState if state is not NoticeState.draft
}


def resolve(db: Session, ids: Sequence[str]) -> dict[str, Shown]:
    """Title and address of those that were put up; their events carry no evidence beyond the state."""
    wanted = [found for text in ids if (found := parse_id(text)) is not None]
    english = get_locale() == "en"
    return {
        str(row.id): Shown(
            (row.title_en or row.title_zh) if english else row.title_zh, f"/publicity/{row.id}", evidence=True
        )
        for row in queries.put_up(db, wanted)
    }


register(VERBS, resolve)
