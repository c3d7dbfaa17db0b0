"""Many experiments from one config: combinations (what would run), sweeps (running them)."""
