"""Expert reviews: who reviews what, what they say, and what follows from it."""
