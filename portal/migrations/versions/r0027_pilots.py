"""Promotion: organisations offer pilot sites, sites have states and report; reports are only ever added to."""

from pathlib import Path

from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply. Sites that are there were recorded by the secretariat: they pilot, or are assessed."""
    cursor = op.get_bind().connection.cursor()
    cursor.execute(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))
    cursor.close()
