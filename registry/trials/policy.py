"""Bounds of trials: how much, how often, how many at once. Pure."""

from registry.benchmarks.forms import RunLimits

LIMITS = RunLimits(time_s=45, memory_mb=1024, threads=1, output_mb=8, output_files=50, log_kb=64)
"""What one trial may use, whatever the program asks for."""
PER_VERSION_A_DAY = 300
PER_SITE_A_DAY = 3000
WAITING_ON_SITE = 50
"""Unfinished trials of all people together; above that nobody waits in line without end."""
KEPT_AFTER_EMPTYING_H = 24
"""Rows without content still count against today's quotas, so they stay until the day is surely over."""
