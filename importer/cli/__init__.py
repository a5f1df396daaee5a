"""One module per command: arguments, progress, exit codes; no logic."""
