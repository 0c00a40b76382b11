"""What a process holds: limits of time and memory, locks that survive a fork."""
