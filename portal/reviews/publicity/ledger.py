"""Which events of public notices the public log shows: their changes of state, once they were put up."""

from portal.audit.publicity import register_rows
from portal.kit.i18n import get_locale
from portal.reviews.publicity import queries
from portal.reviews.publicity.models import NoticeState, PublicNotice

VERBS = {
    f"public_notice.{state.value}": state.label for state in NoticeState if state is not NoticeState.draft
}


def say(row: PublicNotice) -> tuple[str, str]:
    """Title and address; the events carry no evidence beyond the state."""
    title = (row.title_en or row.title_zh) if get_locale() == "en" else row.title_zh
    return title, f"/publicity/{row.id}"


register_rows(VERBS, queries.put_up, say)
