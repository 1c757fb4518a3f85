"""What certification wants to hear of at once: scans, upheld reports, levels of data. Importing it registers."""

import uuid

from portal.kit.db import Session
from registry.assets.changes import DESCRIBED
from registry.certification.actions import deciding
from registry.community.hooks import UPHELD
from registry.scanning.findings import Verdict
from registry.scanning.hooks import SCANNED


def _scanned(db: Session, version_id: uuid.UUID, verdict: Verdict) -> None:
    deciding.scanned(db, version_id, clean=verdict is Verdict.PUBLISH)


SCANNED["certification"] = _scanned
DESCRIBED["certification"] = deciding.described
UPHELD["certification"] = deciding.reported
