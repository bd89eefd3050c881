"""The moments of a training at which `killed.py` can kill one of its processes."""

# Rank 0 comes to its last one while it draws the last grid, the others when they are told to end.
OF_EACH = ("before joining", "after joining", "forward", "backward", "all-reduce", "ending")
# Rank 0 alone comes to these, and kills the other one then.
OF_LEADER = ("before renaming", "after renaming", "evaluating", "sampling")
AT_START = OF_EACH[:2]
