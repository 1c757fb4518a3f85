"""What to do about a finding; many rules share an advice."""

from portal.kit.i18n import N_

REPACK = N_(
    "Pack the folder again with an ordinary archive program (zip, or tar with gzip or xz) and upload it "
    "once more."
)
RENAME = N_(
    "Rename the file with letters, digits, hyphens and underscores (Chinese is fine), then pack again."
)
SMALLER = N_(
    "Leave out generated files and data that can be referenced, or publish large data as a dataset of its"
    " own."
)
NOTHING = N_("Nothing needs to be done.")
LOOK = N_("Check that this is what you meant.")
REMOVE = N_(
    "Remove the file and upload again. Source code, data in open formats and models in ONNX, skops or "
    "safetensors are welcome."
)
SAFE_MODEL = N_(
    "Save the model as ONNX, skops or safetensors; the documentation shows how for common libraries."
)
SAVE_AGAIN = N_("Save the model again with a current version of its library and check that it loads.")
REVOKE = N_(
    "Revoke the credential at its service now, take it out of the files, and read it from the environment"
    " instead."
)
PERSONAL = N_("Remove or anonymise personal data before publishing; the law asks for a basis for every use.")
SECRECY = N_(
    "State secrets must not be uploaded. Stop, keep no further copies, and turn to the secrecy office of "
    "your organisation. A certifier releases the version when the mark is only mentioned."
)
MANIFEST = N_("Correct the file as the documentation of its format says and upload again.")
LICENCE = N_("Choose a licence for the asset, or put a LICENSE file or a license field into README.md.")
AGAIN = N_(
    "Try once more. If it happens again, look at the largest or most unusual file first, or ask the operator."
)
UTF8 = N_(
    "Save text as UTF-8 and plain data in an open format; otherwise a certifier has to look at the file."
)
