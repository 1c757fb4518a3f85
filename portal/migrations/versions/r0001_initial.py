"""The first schema: our tables, Procrastinate's, and the trigger that keeps the audit log append-only."""

from pathlib import Path

from alembic import op
from procrastinate.schema import SchemaManager

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

HERE = Path(__file__).parent

APPEND_ONLY = """
CREATE FUNCTION cspon_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER audit_event_append_only BEFORE UPDATE OR DELETE ON audit_event
    FOR EACH ROW EXECUTE FUNCTION cspon_refuse_change();
CREATE TRIGGER audit_event_no_truncate BEFORE TRUNCATE ON audit_event
    FOR EACH STATEMENT EXECUTE FUNCTION cspon_refuse_change();
"""


def upgrade() -> None:
    """Apply."""
    # Scripts of many statements with percent signs of their own: a bare cursor leaves those alone.
    cursor = op.get_bind().connection.cursor()
    cursor.execute((HERE / "r0001_initial.sql").read_text(encoding="utf-8"))
    cursor.execute(SchemaManager.get_schema())
    cursor.execute(APPEND_ONLY)
    cursor.close()
