"""Running a trial: the program in one jail, then every output through the jailed readers of previews."""
