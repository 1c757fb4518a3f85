"""Who sees computed scores. Pure.

What is computed from all submissions together - adjusted scores, places, chances, groups - tells something about each
of them. Whoever may not see one of them is shown none of it: places and chances add up, so that what is left out could
be worked out.
"""

import uuid
from collections.abc import Collection

from portal.reviews.rounds import policy
from portal.reviews.rounds.models import Phase
from portal.reviews.rounds.policy import Stage, Standing


def sees_page(standing: Standing, stage: Stage) -> bool:
    """The secretariat, and the panel from its phase on. Reviewers and applicants never see adjusted scores."""
    return standing.secretariat or (standing.panellist and stage.reached(Phase.panel))


def shown(standing: Standing, submissions: Collection[uuid.UUID], stage: Stage) -> frozenset[uuid.UUID]:
    """The submissions whose scores the page shows: of the others not even a count."""
    return frozenset(
        key for key in submissions if key not in standing.applied and policy.sees_scores(standing, key, stage)
    )
