"""What trials add to a person's export."""

from portal.accounts.personal import register
from portal.kit.i18n import N_
from registry.trials.queries import trial_data

register("trials", N_("Trials"), 41, trial_data)
