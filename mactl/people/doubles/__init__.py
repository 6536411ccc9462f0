"""Contacts who may be one person: proposed with reasons, never merged by themselves."""
