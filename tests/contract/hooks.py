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


PERIODS = (("period_from", "period_to"), ("from_on", "to_on"))


@schemathesis.hook
def before_call(_context: Any, case: Any, _kwargs: dict[str, Any]) -> None:
    """A period does not end before it begins, in any phase: schemas know no two fields together."""
    if isinstance(case.body, dict):
        for first, last in PERIODS:
            begins, ends = case.body.get(first), case.body.get(last)
            if isinstance(begins, str) and isinstance(ends, str) and ends and begins > ends:
                case.body = {**case.body, first: ends, last: begins}


@schemathesis.hook
def map_body(_context: Any, body: Any) -> Any:
    """Nothing has happened in days to come: schemas do not know what day it is."""
    if (
        isinstance(body, dict)
        and isinstance(happened := body.get("happened"), str)
        and happened[:4].isdigit()
    ):
        # Other years only of what is a day: what is none stays to be refused.
        return {**body, "happened": _YEAR.sub("2025", happened)}
    return body
