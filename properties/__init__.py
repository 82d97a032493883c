"""Judge an implementation against the records: strategies, laws, verdicts.

Nothing is imported here, so that a worker process that runs somebody's kernel loads numpy and the kernel only.
"""
