"""Resources of a process: time limits, bounded memory, locks that survive a fork."""
