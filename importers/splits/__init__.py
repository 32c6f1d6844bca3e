"""Train, dev and test for the clips of a corpus: one file a rule. See rules.py for the choice."""
