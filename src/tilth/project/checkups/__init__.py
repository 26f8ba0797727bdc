"""What the doctor looks at; each module has its `RULES`."""
