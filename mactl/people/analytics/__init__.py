"""Exports of web analytics and the logs of web servers, in their own formats, made one table of what happened."""
