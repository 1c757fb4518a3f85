"""Rules about file formats: what is not on the list is not accepted without a look."""

from portal.kit.i18n import N_
from registry.scanning.catalogue import advice
from registry.scanning.catalogue.rule import Texts

TEXTS: dict[str, Texts] = {
    "format.executable": Texts(
        N_("Executable program (%(format)s)"),
        N_("Compiled programs cannot be reviewed and are not run here."),
        advice.REMOVE,
    ),
    "format.nested_archive": Texts(
        N_("Archive inside the version (%(format)s)"),
        N_("What is packed inside escapes the checks."),
        advice.REMOVE,
    ),
    "format.unknown_binary": Texts(
        N_("Unknown binary format (%(suffix)s)"),
        N_("The content is neither text nor one of the formats on the list."),
        advice.UTF8,
    ),
    "format.mismatch": Texts(
        N_("The content (%(kind)s) does not fit the name (%(suffix)s)"),
        N_("A wrong name can hide what a file is."),
        advice.RENAME,
    ),
    "format.polyglot": Texts(
        N_("The file is %(kind)s and a zip archive at once"),
        N_("Such files show different contents to different readers."),
        advice.REMOVE,
    ),
    "format.special_file": Texts(
        N_("Link, device or pipe"),
        N_("Only ordinary files belong to a version."),
        advice.REMOVE,
    ),
    "format.bad_name": Texts(
        N_("The file name cannot be used"),
        N_("Names may have neither colons nor control characters."),
        advice.RENAME,
    ),
    "format.unlisted_text": Texts(
        N_("Text of a kind that is not on the list (%(suffix)s)"),
        N_("It is kept as plain text."),
        advice.NOTHING,
    ),
    "text.partial": Texts(
        N_("Only part of the text was searched (%(searched)s of %(size)s bytes)"),
        N_("The search for secrets and marks stops at a limit."),
        advice.NOTHING,
    ),
    "svg.script": Texts(
        N_("Script in an SVG image"),
        N_("An image with a script runs it in the reader's browser."),
        advice.REMOVE,
    ),
    "xml.entity": Texts(
        N_("Entity declaration in XML"),
        N_("Entities can pull in files or swell when read."),
        advice.LOOK,
    ),
    "pdf.active_content": Texts(
        N_("Active content in a PDF (%(features)s)"),
        N_("Scripts, attachments and launch actions do not belong in a paper."),
        advice.LOOK,
    ),
    "pickle.dangerous": Texts(
        N_("%(tool)s: the pickle calls dangerous code (%(detail)s)"),
        N_("Loading this file would run code of its author's choice. Part: %(member)s"),
        advice.SAFE_MODEL,
    ),
    "pickle.unproven": Texts(
        N_("%(tool)s: the pickle is not proven safe (%(detail)s)"),
        N_(
            "It names code off the safe list; harmless models do so too, so a certifier decides. Part: "
            "%(member)s"
        ),
        advice.SAFE_MODEL,
    ),
    "pickle.broken": Texts(
        N_("The pickle is broken (%(problem)s)"),
        N_("A broken pickle can still run code up to the break. Part: %(member)s"),
        advice.SAFE_MODEL,
    ),
    "pickle.scanner_error": Texts(
        N_("A scanner could not judge the pickle (%(tool)s: %(problem)s)"),
        N_("A pickle counts as safe only if both scanners say so; silence is not enough."),
        advice.SAFE_MODEL,
    ),
    "pickle.executable_format": Texts(
        N_("Executable model format (pickle)"),
        N_(
            "Loading a pickle runs code. Such a version runs in a jail only and is not promoted beyond "
            "the pilot stage."
        ),
        advice.SAFE_MODEL,
    ),
    "npy.object_array": Texts(
        N_("NumPy array of Python objects %(member)s"),
        N_("Object arrays are pickles inside."),
        advice.SAFE_MODEL,
    ),
    "npy.broken": Texts(
        N_("The NumPy file is broken (%(problem)s)"),
        N_("Its header contradicts the format."),
        advice.SAVE_AGAIN,
    ),
    "onnx.broken": Texts(
        N_("The ONNX model is broken (%(problem)s)"),
        N_("It does not follow the ONNX format."),
        advice.SAVE_AGAIN,
    ),
    "onnx.external_outside": Texts(
        N_("The ONNX model refers to data outside its folder (%(location)s)"),
        N_("Such a model would read files of whoever loads it."),
        advice.SAVE_AGAIN,
    ),
    "onnx.external_missing": Texts(
        N_("Data of the ONNX model is missing (%(location)s)"),
        N_("The model will not load without it."),
        advice.SAVE_AGAIN,
    ),
    "onnx.custom_domain": Texts(
        N_("The ONNX model uses operators of “%(domain)s”"),
        N_("Only the standard operators are installed here."),
        advice.SAVE_AGAIN,
    ),
    "onnx.checker": Texts(
        N_("The ONNX checker objects (%(problem)s)"),
        N_("The model will probably not load."),
        advice.SAVE_AGAIN,
    ),
    "skops.broken": Texts(
        N_("The skops file is broken (%(problem)s)"),
        N_("It does not follow the skops format."),
        advice.SAVE_AGAIN,
    ),
    "skops.untrusted_type": Texts(
        N_("The skops file asks for a type that is not trusted (%(type)s)"),
        N_("Only types on the platform's list are built."),
        advice.SAFE_MODEL,
    ),
    "safetensors.broken": Texts(
        N_("The safetensors file is broken (%(problem)s)"),
        N_("Its header and its data do not fit together."),
        advice.SAVE_AGAIN,
    ),
    "model.not_exactly_one": Texts(
        N_("Exactly one model is expected, %(count)s found (%(found)s)"),
        N_("A model submission has model.onnx, model.skops or an MLflow folder with MLmodel at its root."),
        advice.MANIFEST,
    ),
}
