"""The command line: `mmnuc` and its sub-commands. They parse arguments and call functions."""
