"""Two at the door at once: waiting until the database says that they wait for one another."""

import time

from sqlalchemy import text
from sqlmodel import Session


def wait_for_waiting(db: Session, wanted: int, query: str) -> None:
    """Until so many statements like ``query`` wait for a lock."""
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE :query"
    )
    for _try in range(400):
        found = db.execute(waiting, {"query": query}).scalar_one()
        db.rollback()
        if found >= wanted:
            return
        time.sleep(0.02)
    raise AssertionError("they did not come to wait for one another")
