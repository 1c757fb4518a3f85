"""What objections, reports of an approach and appeals share: one person files, others decide with a reason, in time.

A case that its handlers let lie is passed on to the auditors, once; let lie again it expires, which everybody who may
see it can tell from a decision.
"""
