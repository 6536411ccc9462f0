"""Nasty files as people really have them: each made in code, with exactly the contacts and findings that come of it.

A module `NAME_cases.py` with a list `CASES` is found by itself.
"""
