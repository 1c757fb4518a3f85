"""Rules about contents: secrets, personal data, marks, licence, source, manifests, and the scan itself."""

from portal.kit.i18n import N_
from registry.scanning.catalogue import advice
from registry.scanning.catalogue.rule import Texts

TEXTS: dict[str, Texts] = {
    "secret.private_key": Texts(
        N_("Private key"),
        N_("Whoever reads the version can use it."),
        advice.REVOKE,
    ),
    "secret.cloud_key": Texts(
        N_("Access key of %(service)s"),
        N_("Whoever reads the version can use it."),
        advice.REVOKE,
    ),
    "secret.token": Texts(
        N_("Access token of %(service)s"),
        N_("Whoever reads the version can use it."),
        advice.REVOKE,
    ),
    "secret.jwt": Texts(
        N_("Signed token (JWT)"),
        N_("It may still be valid."),
        advice.REVOKE,
    ),
    "secret.database_url": Texts(
        N_("Address with a password"),
        N_("Whoever reads the version can use it."),
        advice.REVOKE,
    ),
    "secret.assignment": Texts(
        N_("Value that looks like a password or token"),
        N_("A random-looking value is given to a name such as password, secret or token."),
        advice.REVOKE,
    ),
    "personal.id_number": Texts(
        N_("Citizen identity numbers (%(count)s different)"),
        N_("Numbers with a valid date and check digit (GB 11643-1999)."),
        advice.PERSONAL,
    ),
    "personal.mobile_numbers": Texts(
        N_("Mobile numbers in bulk (%(count)s different)"),
        N_("So many numbers point to a list of persons."),
        advice.PERSONAL,
    ),
    "mark.classified": Texts(
        N_("Classification mark"),
        N_("Text bears a mark of state secrecy (top secret, secret or confidential)."),
        advice.SECRECY,
    ),
    "licence.missing": Texts(
        N_("No licence is stated"),
        N_("Without a licence nobody may use the work."),
        advice.LICENCE,
    ),
    "python.risky": Texts(
        N_("For reviewers: %(construct)s"),
        N_(
            "Starts programs, opens connections or runs code from data; the sandbox refuses what is not "
            "allowed."
        ),
        advice.NOTHING,
    ),
    "python.syntax": Texts(
        N_("Python source that does not parse (%(problem)s)"),
        N_("The file is not valid Python of the current version."),
        advice.LOOK,
    ),
    "manifest.unreadable": Texts(
        N_("The file cannot be read (%(problem)s)"),
        N_("It must be plain YAML without anchors, aliases and tags."),
        advice.MANIFEST,
    ),
    "manifest.duplicate_key": Texts(
        N_("The key “%(field)s” is given twice"),
        N_("Readers would disagree on which value counts."),
        advice.MANIFEST,
    ),
    "manifest.missing_field": Texts(
        N_("“%(field)s” is missing"),
        N_("The field is required."),
        advice.MANIFEST,
    ),
    "manifest.wrong_value": Texts(
        N_("“%(field)s” must be %(expected)s %(allowed)s"),
        N_("The value does not fit the format."),
        advice.MANIFEST,
    ),
    "manifest.unknown_field": Texts(
        N_("“%(field)s” is not known and is ignored"),
        N_("It may be a slip of the pen."),
        advice.LOOK,
    ),
    "manifest.unexpected_field": Texts(
        N_("“%(field)s” does not belong here"),
        N_("The format has no such field at this place."),
        advice.MANIFEST,
    ),
    "manifest.missing_file": Texts(
        N_("%(file)s is missing"),
        N_("This kind of version needs it at its root."),
        advice.MANIFEST,
    ),
    "scan.file_failed": Texts(
        N_("The scan of this file failed (%(problem)s)"),
        N_("The file could not be judged, so a certifier has to look."),
        advice.AGAIN,
    ),
    "scan.stopped": Texts(
        N_("The scan stopped early (%(problem)s)"),
        N_("Part of the version was not looked at."),
        advice.AGAIN,
    ),
    "scan.incomplete": Texts(
        N_("The scan did not finish: %(end)s"),
        N_("A version that cannot be scanned within the limits is not accepted."),
        advice.AGAIN,
    ),
    "scan.report_invalid": Texts(
        N_("The report of the scan does not hold (%(problem)s)"),
        N_("The report is read as hostile input; what is not exactly right is refused."),
        advice.AGAIN,
    ),
}
