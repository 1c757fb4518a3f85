"""One of each chart with sample data, for the style guide and for whoever wants to see how they are called."""

from markupsafe import Markup

from portal.kit.charts.bars import bar, histogram, stacked
from portal.kit.charts.curves import Series, lines, sparkline
from portal.kit.charts.rows import IntervalRow, Span, interval_dots, timeline
from portal.kit.i18n import _

_MEMORY = (38, 96, 142, 208, 231, 240, 239, 246, 251, 244, 198, 121)
_CPU = (0.2, 0.9, 1.6, 1.9, 2.0, 2.0, 1.9, 2.0, 1.8, 1.4, 0.7, 0.3)
_ERRORS = (
    2.1,
    2.8,
    3.0,
    3.3,
    3.4,
    3.9,
    4.1,
    4.2,
    4.4,
    4.6,
    4.7,
    5.0,
    5.1,
    5.3,
    5.8,
    6.0,
    6.6,
    7.1,
    8.4,
    9.9,
    12.5,
)


def specimens() -> dict[str, Markup]:
    """Caption -> drawing, in the current language."""
    board = _("Leaderboard with 95% intervals")
    rows = [
        IntervalRow(_("Gradient boosting"), 0.9312, 0.9187, 0.9426),
        IntervalRow(_("Logistic regression"), 0.9248, 0.9119, 0.9371, mark=True),
        IntervalRow(_("Spectral angle mapper with adaptive thresholds"), 0.8611, 0.8420, 0.8795),
        IntervalRow(_("Rule of thumb"), 0.7035, 0.6801, 0.7262),
    ]
    return {
        board: interval_dots(rows, title=board, unit=_("Balanced accuracy")),
        **_over_time(),
        **_counts(),
    }


def _over_time() -> dict[str, Markup]:
    memory, cpu, states, week = (
        _("Memory over time"),
        _("CPU over time"),
        _("States of this evaluation"),
        _("Downloads"),
    )
    spans = [
        Span(_("Queued"), 0, 1.8, "neutral"),
        Span(_("Running"), 1.8, 6.1, "busy"),
        Span(_("Scoring"), 6.1, 7.0, "info"),
        Span(_("Done"), 7.0, 7.1, "good"),
    ]
    cores = [
        Series(_("Prediction jail"), [(i * 0.5, v) for i, v in enumerate(_CPU)]),
        Series(_("Scoring jail"), [(6 + i * 0.5, v / 2) for i, v in enumerate(_CPU[:6])]),
    ]
    used = [Series(_("Prediction jail"), [(i * 0.5, v) for i, v in enumerate(_MEMORY)])]
    return {
        memory: lines(used, title=memory, unit="MiB", x_label=_("Seconds since the start")),
        cpu: lines(cores, title=cpu, unit=_("cores"), x_label=_("Seconds since the start")),
        states: timeline(spans, title=states),
        week: sparkline([3, 5, 4, 8, 6, 9, 14, 12, 17], title=week),
    }


def _counts() -> dict[str, Markup]:
    kinds, errors, shares = _("Assets by kind"), _("Relative error per plot"), _("Evaluations by outcome")
    items = [
        (_("Model"), 418),
        (_("Algorithm"), 233),
        (_("Dataset"), 97),
        (_("Tool"), 152),
        (_("Report"), 64),
    ]
    outcomes = [
        (_("Land cover from Landsat 8 reflectance"), [812, 96, 7]),
        (_("Building coverage and plot indicators"), [344, 61, 12]),
    ]
    names = [_("Done"), _("Fault of the submission"), _("Fault of the platform")]
    return {
        kinds: bar(items, title=kinds),
        errors: histogram(_ERRORS, title=errors, unit="%"),
        shares: stacked(outcomes, names=names, title=shares),
    }
