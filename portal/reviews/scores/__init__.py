"""What the reviews of a round say together: means, adjusted scores with their uncertainty, groups, calibrations.

Adjusted scores advise; no action of the portal follows from them by itself.
"""
