"""How often, how many at once, how many in all: asked under locks, in the transaction that inserts."""

from portal.kit.errors import TooMany
from portal.kit.i18n import _, ngettext
from registry.benchmarks.models import BenchmarkVersion
from registry.evaluation.queries import requests
from registry.workers.models import QueueRule


def check_quota(used: requests.Used, benchmark: BenchmarkVersion) -> None:
    """Refuse who has used what the benchmark grants one person."""
    if used.total >= benchmark.quota_total:
        raise TooMany(
            ngettext(
                "You have used your only evaluation on this benchmark.",
                "You have used all %(n)s evaluations on this benchmark.",
                benchmark.quota_total,
            )
        )
    if used.today >= benchmark.quota_per_day:
        raise TooMany(
            ngettext(
                "You have used your evaluation of today on this benchmark.",
                "You have used your %(n)s evaluations of today on this benchmark.",
                benchmark.quota_per_day,
            ),
            hint=_("The day ends at midnight in Beijing time (Asia/Shanghai)."),
        )


def check_unfinished(open_now: requests.Unfinished, benchmark: BenchmarkVersion, rule: QueueRule) -> None:
    """Refuse who has as many unfinished evaluations as the benchmark, or the site, allows one person."""
    if benchmark.quota_at_once is not None and open_now.here >= benchmark.quota_at_once:
        raise TooMany(
            ngettext(
                "You have an unfinished evaluation on this benchmark already.",
                "You have %(n)s unfinished evaluations on this benchmark already.",
                benchmark.quota_at_once,
            ),
            hint=_("Wait until one of them has ended, or cancel one."),
        )
    if open_now.anywhere >= rule.user_waiting:
        raise TooMany(
            ngettext(
                "You have an unfinished evaluation already.",
                "You have %(n)s unfinished evaluations already.",
                rule.user_waiting,
            ),
            hint=_("Wait until one of them has ended, or cancel one."),
        )


def check_capacity(today: int, capacity: int) -> None:
    """Refuse when the benchmark has taken from all people together what it takes in a day."""
    if today >= capacity:
        raise TooMany(
            _("This benchmark has taken all evaluations of today."),
            hint=_("The day ends at midnight in Beijing time (Asia/Shanghai)."),
        )
