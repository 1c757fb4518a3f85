"""Phrases that stand in for codes in the parameters of a finding."""

from portal.kit.i18n import N_

PHRASES: dict[str, str] = {
    "text": N_("text, length"),
    "form": N_("text of the form"),
    "whole_number": N_("a whole number,"),
    "yes_no": N_("true or false"),
    "one_of": N_("one of:"),
    "path": N_("a relative path without “..”"),
    "list": N_("a list, number of items"),
    "mapping": N_("named fields"),
    "distinct": N_("different from the others"),
    "runtime": N_("a runtime of this platform:"),
    "command": N_("a command line"),
    "existing_file": N_("a file that is there:"),
    "existing_folder": N_("accompanied by a folder with files:"),
    "number": N_("a number,"),
    "own_strata": N_("free of columns that are both stratum and value"),
    "one_csv": N_("a list with exactly one CSV table, as a model needs it"),
    "one_primary": N_("a list with exactly one primary metric"),
    "top": N_("The file as a whole"),
    "timeout": N_("out of time"),
    "out_of_memory": N_("out of memory"),
    "log_overflow": N_("too much was printed"),
    "output_overflow": N_("too much was written"),
    "failed": N_("ended with an error"),
    "no_report": N_("no report was written"),
}
