"""What is measured against git and peers; each module is a command that prints a table."""
