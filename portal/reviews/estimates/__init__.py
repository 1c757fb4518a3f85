"""What many reviewers' scores say about the submissions, and how sure that is.

``rubric`` turns the marks of one review into its overall score. ``table`` holds all scores of a round, ``graph`` says
whether they can be compared, ``mixed`` fits the crossed random effects, ``robust`` bears careless reviewers,
``ranking`` makes the three groups, ``calibration`` says what one reviewer is told. ``estimate`` is the door.

``rubric`` and ``results`` are for pages as well; everything else needs NumPy and belongs into a worker.
"""
