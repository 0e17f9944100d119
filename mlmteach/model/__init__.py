"""The frozen model: its formula, its terms and its symbols."""
