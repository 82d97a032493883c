"""Campaigns, reports and the command line: what was proved, tested and found, gathered and shown."""
