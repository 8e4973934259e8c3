"""Whether: suites, verdicts and the data-quality report. The only home of Great Expectations."""
