"""What JSON schema cannot say of a valid request; schemathesis loads it by ``schemathesis.toml``, and the tests too."""

import re
from typing import Any

import schemathesis
from hypothesis import strategies as st

from registry.assets.licences import COMMON

# The grammar of SPDX expressions nests, and its words are the few hundred identifiers of a list.
schemathesis.openapi.format("spdx-license-expression", st.sampled_from(COMMON))
# The last character of an ORCID is a checksum.
schemathesis.openapi.format("orcid", st.sampled_from(["", "0000-0002-1825-0097", "0000-0001-5109-3700"]))

_YEAR = re.compile(r"^[0-9]{4}(?=-[0-9]{2}-(0[1-9]|1[0-9]|2[0-8])$)")
"""Of a day that every year has."""


@schemathesis.hook
def map_body(_context: Any, body: Any) -> Any:
    """A period does not end before it begins, and nothing has happened in days to come: schemas know neither two fields
    together nor what day it is."""
    for first, last in (("period_from", "period_to"), ("from_on", "to_on")):
        if isinstance(body, dict):
            period = [body.get(name) for name in (first, last)]
            if all(isinstance(day, str) and day for day in period) and period[0] > period[1]:
                return {**body, first: period[1], last: period[0]}
    if (
        isinstance(body, dict)
        and isinstance(happened := body.get("happened"), str)
        and happened[:4].isdigit()
    ):
        # Other years only of what is a day: what is none stays to be refused.
        return {**body, "happened": _YEAR.sub("2025", happened)}
    return body
