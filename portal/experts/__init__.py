"""The pool of experts: nomination, admission, yearly re-check, profiles, affiliations, declared relations, advice."""
