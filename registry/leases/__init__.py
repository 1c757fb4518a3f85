"""Work under a lease: a row that waits, is taken by one worker at a time, and always ends.

One mechanism for every table whose row *is* its run: trials and dry runs (ADR 0006). Evaluations have the same rule in
another shape and keep their own `registry.evaluation.queries.leases`: there the lease belongs to a row of ``attempt``,
of which an evaluation has several that all stay on record; renewing it also keeps log and use; and who is taken next
is chosen by the fair share, not by the job that wakes the worker. What is the same in both is taken from here: the
database's clock, and `LeaseLost`.
"""
