"""Events become leaves of a hash tree: commitments, positions without gaps, checkpoints, witnesses, alarms."""

from pathlib import Path

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply. The table of events is rewritten once for its salts; rewriting fires no trigger."""
    cursor = op.get_bind().connection.cursor()
    cursor.execute(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))
    cursor.close()
