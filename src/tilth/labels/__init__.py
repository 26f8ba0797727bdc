"""Labels as data: who labelled what how, by which instruction, in files that git can hold."""
