"""Does compression help? Suites, official metrics, readers, a resumable runner, reports."""
