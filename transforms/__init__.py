"""What: pure functions from bytes to rows. No I/O, no clock, no environment, no logging."""
