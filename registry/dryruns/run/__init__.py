"""Running a dry run: the evaluation's own two jails, once per case, and one more that makes the cases' files."""
