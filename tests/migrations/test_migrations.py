"""A database of the release before is brought to the present schema with what is in it."""

from pathlib import Path

import psycopg
import pytest
from alembic import command

from portal.audit import leaves, merkle
from portal.kit import embedded, migrate
from portal.kit.schema import VERSIONS, head, is_current
from portal.metadata import metadata
from tests.audit.test_leaves import AS_TEXT
from tests.plugins.postgres import libpq, named

FILLED = """
INSERT INTO account (id, created_at, updated_at, email, name, sort_key, password_hash, state, locale, affiliation,
  orcid, bio, demo)
VALUES ('00000000-0000-7000-8000-000000000001', now(), now(), 'a@example.org', '甲', 'jia', '!', 'active',
  'zh_Hans', '', '', '', false);
INSERT INTO namespace (id, created_at, updated_at, slug, display_name, account_id)
VALUES ('00000000-0000-7000-8000-000000000002', now(), now(), 'jia', '甲', '00000000-0000-7000-8000-000000000001');
INSERT INTO asset (id, created_at, updated_at, namespace_id, name, kind, title, title_en, sort_key, summary,
  summary_en, licence, card, is_public, latest_version, downloads, demo, created_by)
VALUES ('00000000-0000-7000-8000-000000000003', now(), now(), '00000000-0000-7000-8000-000000000002', 'a',
  'model', '甲', '', 'jia', '', '', 'MIT', '', true, '1.0.0', 7, false, '00000000-0000-7000-8000-000000000001');
"""


@pytest.fixture
def old_database(postgres: embedded.Server) -> str:
    """A database as revision 0001 left it, with a person and an asset."""
    name = "old_release"
    with psycopg.connect(libpq(named(postgres, "postgres")), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template0")
    url = named(postgres, name)
    command.upgrade(migrate._config(url), "0001")
    with psycopg.connect(libpq(url)) as connection:
        connection.execute(FILLED)
    return url


def test_the_release_before_is_brought_up(old_database: str) -> None:
    assert migrate.pending(old_database)
    assert not is_current(old_database)
    migrate.upgrade(old_database)
    assert is_current(old_database)
    assert migrate.drift(old_database, metadata) == []
    with psycopg.connect(libpq(old_database)) as connection:
        row = connection.execute("SELECT name, downloads, likes, gated, withheld, doi FROM asset").fetchone()
    assert row == ("a", 7, 0, False, False, "")


OLD_EVENTS = """
INSERT INTO audit_event (at, actor_name, verb, object_type, object_id, reason, evidence)
SELECT now() - make_interval(mins => n), '甲', 'thing.done', 'asset', 'id' || n, nullif('because ' || n, 'because 2'),
  jsonb_build_object('n', n) FROM generate_series(1, 5) n
"""


def test_events_of_before_become_leaves(old_database: str) -> None:
    with psycopg.connect(libpq(old_database)) as connection:
        connection.execute(OLD_EVENTS)
        connection.rollback()
        connection.execute(OLD_EVENTS)  # the numbers of the events have a gap, those of the leaves have none
    migrate.upgrade(old_database)
    with psycopg.connect(libpq(old_database)) as connection:
        connection.execute(OLD_EVENTS)
        connection.commit()
        rows = connection.execute(AS_TEXT.text).fetchall()
        with pytest.raises(psycopg.Error, match="append-only"):
            connection.execute("DELETE FROM audit_event")
    assert [row[12] for row in rows] == list(range(10))
    assert rows[0][0] == 6
    for row in rows:
        assert leaves.written(leaves.Event(*row[:12])) == row[13]
        assert merkle.leaf_hash(row[13]) == row[14]


def test_files_are_one_line_of_descent() -> None:
    names = sorted(path.stem for path in VERSIONS.glob("r*.py"))
    assert [name[1:5] for name in names] == [f"{number:04d}" for number in range(1, len(names) + 1)]
    assert head() == names[-1][1:5]
    assert not [path for path in Path(VERSIONS).glob("*.sql") if not path.with_suffix(".py").exists()]
