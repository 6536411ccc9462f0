"""Segments, labels and scores that are found in the data, written as recipes that people read and edit."""
