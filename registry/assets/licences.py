"""Licences: SPDX expressions in canonical form, and the ones the form offers."""

from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

from portal.kit.i18n import _

COMMON = (
    "Apache-2.0",
    "MIT",
    "BSD-3-Clause",
    "MulanPSL-2.0",
    "LicenseRef-MulanPubL-2.0",
    "GPL-3.0-or-later",
    "LGPL-3.0-or-later",
    "AGPL-3.0-or-later",
    "MPL-2.0",
    "CC0-1.0",
    "CC-BY-4.0",
    "CC-BY-SA-4.0",
    "CC-BY-NC-4.0",
    "ODbL-1.0",
    "LicenseRef-Proprietary",
)
MAX_CHARS = 120
MAX_TYPED = 400


def canonical(expression: str) -> str:
    """The expression as SPDX writes it. Refuses unknown identifiers with a ``ValueError`` that a form can show.

    ``LicenseRef-…`` names a licence outside the SPDX list; its text then belongs into the files of a version.
    """
    try:
        found = str(canonicalize_license_expression(expression))
    except InvalidLicenseExpression as error:
        raise ValueError(
            _(
                "This is not an SPDX licence expression. Examples: Apache-2.0, CC-BY-4.0, LicenseRef-Proprietary."
            )
        ) from error
    if len(found) > MAX_CHARS:
        raise ValueError(_("This licence expression is too long."))
    return found
