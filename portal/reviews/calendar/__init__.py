"""Working days of mainland China, as the State Council's yearly notices set them, for deadlines and public notices.

``days`` says what kind of day a day is, ``counting`` counts; neither guesses about a year whose notice is not known.
"""
