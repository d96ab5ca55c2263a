"""The specs and laws that everything else is declared with; imports nothing of the rest."""
