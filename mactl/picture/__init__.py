"""Journeys as pictures: the flow of a recipe traced from its steps, laid out, and written as Mermaid, SVG or PNG."""
