//! A GitHub small enough to carry: the simulated GitHub that the demo and every integration test run against.
