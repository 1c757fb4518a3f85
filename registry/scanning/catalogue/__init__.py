"""The texts of the rules, by what they are about."""
