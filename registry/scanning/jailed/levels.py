"""Severity of every rule that the jailed scripts may report. The host keeps texts and verdicts for the same
ids."""

from .words import words

ARCHIVE_REFUSALS = words(
    "unknown_format broken polyglot encrypted too_many_entries too_large ratio link special_file"
    " absolute_name parent_name backslash drive_letter control_character bad_name name_too_long"
    " too_deep collision lying_size checksum overlap compression empty"
)
DANGERS = words(
    "format.executable format.nested_archive format.unknown_binary format.mismatch format.polyglot"
    " format.special_file svg.script pickle.dangerous pickle.unproven pickle.broken"
    " pickle.scanner_error npy.object_array npy.broken onnx.external_outside onnx.broken skops.broken"
    " skops.untrusted_type safetensors.broken secret.private_key secret.cloud_key secret.token"
    " secret.database_url mark.classified manifest.unreadable manifest.duplicate_key"
    " manifest.missing_field manifest.wrong_value manifest.missing_file manifest.unexpected_field model.not_exactly_one"
    " scan.file_failed scan.stopped"
)
WARNINGS = words(
    "archive.names_cp437 format.unlisted_text xml.entity pdf.active_content pickle.executable_format"
    " onnx.external_missing onnx.custom_domain onnx.checker secret.jwt secret.assignment"
    " personal.id_number personal.mobile_numbers licence.missing python.syntax manifest.unknown_field"
)
NOTES = words("archive.names_gbk archive.litter_dropped archive.root_stripped text.partial python.risky")

LEVELS: dict[str, str] = {
    **{f"archive.{name}": "danger" for name in ARCHIVE_REFUSALS},
    **dict.fromkeys(DANGERS, "danger"),
    **dict.fromkeys(WARNINGS, "warning"),
    **dict.fromkeys(NOTES, "info"),
}
ORDER = {"danger": 0, "warning": 1, "info": 2}
