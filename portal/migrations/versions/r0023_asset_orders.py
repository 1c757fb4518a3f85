"""One index per order of the list of assets, over all of them.

The partial ones served no statement that says ``is_public IS true``, none of a reader who is signed in, and none
sorted by downloads.
"""

from pathlib import Path

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply. Indexes only."""
    cursor = op.get_bind().connection.cursor()
    cursor.execute(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))
    cursor.close()
